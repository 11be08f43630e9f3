"""The one door to the core: both faces, the command line and the screen, ask the Inspector and nothing below it."""

from layertui.core.inspector.inspector import Inspector

__all__ = ["Inspector"]
