"""Layers and views written: onto a folder, onto the host, as a tar."""
