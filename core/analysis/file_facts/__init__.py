"""What one file of a layer is, by its content: its kind, the facts of that kind, and what is in it if it is an archive."""
