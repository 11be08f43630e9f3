"""Shared by images and containers of a store: the event log, and the folder for damaged content."""
