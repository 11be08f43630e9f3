"""What the tour notices: facts, from what a screen shows and from the acts of the command log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.lookup_view import LookupView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.screen import Screen

SAVED = "demo:2.0"
"""The image that is to be saved."""

WALK = 3
"""Layers of one image to be looked at."""


class Noticing:
    """Looks at a screen; remembers which layers of an image were seen."""

    def __init__(self) -> None:
        self._layers: dict[str, set[int]] = {}

    def facts_of(self, screen: Screen[Any], below: Screen[Any] | None) -> set[str]:
        """What a screen shows now; `below` is the one under it."""
        facts: set[str] = set()
        if isinstance(screen, HomeScreen) and screen.state.subject is not None:
            # Not by the name of the selection: while that is being opened, the layer is still one of the subject before.
            layers = self._layers.setdefault(screen.state.subject.title, set())
            layers.add(screen.state.layer)
            if len(layers) >= WALK:
                facts.add("walked")
        elif isinstance(screen, LookupScreen):
            trace = screen.query_one(LookupView).trace
            if trace is not None and trace.visible and trace.path == "/etc/motd":
                facts.add(tr("looked up /etc/motd"))
            if trace is not None and not trace.visible and any(step.found == "whiteout" for step in trace.steps):
                facts.add(tr("looked up a whiteout"))
        elif isinstance(screen, ContentScreen) and isinstance(below, LookupScreen):
            facts.add(tr("compared versions"))
        elif isinstance(screen, ContainerScreen):
            glance = screen.watching.glance
            if glance is not None and glance.container.state.alive and glance.namespaces.own:
                facts.add("started")
        elif isinstance(screen, CompareScreen):
            report = screen.comparison.report
            if report is not None and report.imported is not None:
                facts.add(tr("compared an import"))
        return facts


def verb_of(words: Sequence[str]) -> str:
    """The verb of an act's command; empty for one of another engine, and for a save of another image than the step is about."""
    if len(words) < 2 or words[1].startswith("-"):
        return ""
    return "" if words[1] == "save" and SAVED not in words[2:] else words[1]
