"""The user's settings: the list of all, config.toml, and which value of each counts."""
