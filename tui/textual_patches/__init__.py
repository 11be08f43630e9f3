"""What we change in Textual, in one place."""
