"""Write a file into a container's own layer; the answer is the path written."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class WriteDialog(InspectorDialog[str | None]):
    """Write a file into a container's own layer; the answer is the path written."""

    def __init__(self, container: str, path: str = "/") -> None:
        super().__init__()
        self._container = container
        self._path = path
