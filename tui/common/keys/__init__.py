"""Keys: their names, and those that the user has given to actions."""
