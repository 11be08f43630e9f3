"""Trees of files, and contents of files."""
