"""The embedded engine: our own store and containers, without a daemon."""
