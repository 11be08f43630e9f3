"""The files in layers: one layer as a table, several merged, compared, written, cached."""
