"""A container: its life, its namespaces beside the host's, its logs, its own layer."""

from __future__ import annotations

from layertui.tui.screens.base import InspectorScreen


class ContainerScreen(InspectorScreen[None]):
    """A container: its life, its namespaces beside the host's, its logs, its own layer."""

    def __init__(self, container: str, *, start: bool = False) -> None:
        super().__init__()
        self._container = container
        self._start = start
