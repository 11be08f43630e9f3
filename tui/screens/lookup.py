"""Which layer answers for a path, asked from the top down."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorScreen


class LookupScreen(InspectorScreen[None]):
    """Which layer answers for a path, asked from the top down."""

    def __init__(self, name: str, path: str = "/", *, upto: int | None = None) -> None:
        super().__init__()
        self._name = name
        self._path = path
        self._upto = upto
