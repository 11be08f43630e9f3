"""Save an image, export or commit a container, extract a file; the answer is what was made."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class TakeOutDialog(InspectorDialog[str | None]):
    """Save an image, export or commit a container, extract a file; the answer is what was made."""

    def __init__(self, name: str, path: str | None = None, *, upto: int | None = None) -> None:
        super().__init__()
        self._name = name
        self._path = path
        self._upto = upto
