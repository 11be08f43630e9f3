"""Two of anything side by side: histories, files, configs."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorScreen


class CompareScreen(InspectorScreen[None]):
    """Two of anything side by side: histories, files, configs."""

    def __init__(self, a: str, b: str) -> None:
        super().__init__()
        self._a = a
        self._b = b
