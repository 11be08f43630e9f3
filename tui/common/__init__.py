"""Shared by the terminal UI and the command line: formatting, jobs, the terminal, themes."""
