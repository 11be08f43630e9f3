"""overlayfs: whether a folder is in use by one, and attributes that it keeps for owners that a plain user cannot set."""
