"""Fields of dialogs."""
