"""The screen of one file, and what it asks for."""
