"""The keys in force: those that config.toml gives to actions, and how a sentence names them."""
