"""Engines: what a place with images and containers can do, and which there are."""
