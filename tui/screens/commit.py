"""A container's own layer as one more layer of a new image; the answer is the image's name."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class CommitDialog(InspectorDialog[str | None]):
    """A container's own layer as one more layer of a new image; the answer is the image's name."""

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
