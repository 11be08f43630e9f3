"""Containers of an engine, by name: made, changed, copied into and out of."""
