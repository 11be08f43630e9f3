"""Answers of the core as text, JSON and tables."""
