"""Load or import a file after looking into it; the answer is the names that came in."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorDialog


class BringInDialog(InspectorDialog[tuple[str, ...] | None]):
    """Load or import a file after looking into it; the answer is the names that came in."""

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self._path = path
