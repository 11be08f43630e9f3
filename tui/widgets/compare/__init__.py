"""What compares two sides."""
