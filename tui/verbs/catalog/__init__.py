"""The command catalog, and its subcommands."""
