"""The one door to the core: the command line and the terminal UI ask the Inspector and nothing below it."""

from layertui.core.inspector.inspector import Inspector

__all__ = ["Inspector"]
