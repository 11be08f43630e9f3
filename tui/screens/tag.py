"""A further name for an image; the answer is the name."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class TagDialog(InspectorDialog[str | None]):
    """A further name for an image; the answer is the name."""

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
