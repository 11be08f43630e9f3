"""After an import of an export that is known here: one key leads to the comparison that says what was lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from layertui.core.inspector.import_search import origin_of
from layertui.tui.screens.shared.notices import ActNotice, NextKey

if TYPE_CHECKING:
    from layertui.tui.screens.shared.base_screen import InspectorScreen


def _shown(name: str) -> str:
    """A name for people: of an ID its beginning."""
    return name.removeprefix("sha256:")[:12] if name.startswith("sha256:") else name.removeprefix("container:")


def offer_comparison(screen: InspectorScreen[None], name: str, *, unless: Callable[[], bool]) -> None:
    """Look for what a new image was exported from, on a thread; where it is found, say so and offer to compare.

    `unless` says that `=` has come to mean another pair.
    """

    def found(origin: str | None) -> None:
        if origin is not None:
            sentence = f"{_shown(name)} is an import of an export of {_shown(origin)}"
            key = NextKey("=", "shows what was lost", lambda: compare(origin), unless)
            screen.announce(ActNotice(sentence, (key,)))

    def compare(origin: str) -> None:
        from layertui.tui.screens.compare.compare_screen import CompareScreen

        screen.app.push_screen(CompareScreen(origin, name))

    screen.ask(
        f"looking for the origin of {name}",
        lambda inspector, progress: origin_of(inspector, name, progress),
        found,
        group="origin",
        failed=lambda _error: None,  # the import itself has been told of; this only adds to it
        quiet=True,
    )
