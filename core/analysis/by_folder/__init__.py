"""Bytes by folder: of all stored files, or of each layer or kind, for the size map."""
