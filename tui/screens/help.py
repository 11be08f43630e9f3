"""Every key that works here, read from the bindings themselves."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from layertui.tui.screens.base import InspectorDialog


class HelpScreen(InspectorDialog[None]):
    """The keys of the screen it was called from."""

    def __init__(self, of: Screen[Any]) -> None:
        super().__init__()
        self._of = of
