"""Widgets that show the content of one file: pages of rows, a picture, the entries of an archive."""
