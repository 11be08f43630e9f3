"""Engines: what a source of images and containers can do, and which there are."""
