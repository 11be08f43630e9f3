"""Create a container of an image; the answer is its name."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class CreateDialog(InspectorDialog[str | None]):
    """Create a container of an image; the answer is its name."""

    def __init__(self, image: str) -> None:
        super().__init__()
        self._image = image
