"""The screen of one container."""
