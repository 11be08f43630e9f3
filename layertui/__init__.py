"""See through any container image and any container, layer by layer."""

__version__ = "0.1.0"
