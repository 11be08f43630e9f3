"""The terminal UI and the command line, built on the Inspector of the core."""
