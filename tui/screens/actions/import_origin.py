"""After an import of a known export: offers a key for a comparison that shows what was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from layertui.core.inspector.import_search import origin_of
from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.notices import ActNotice, NextKey

if TYPE_CHECKING:
    from layertui.tui.screens.shared.base_screen import InspectorScreen


def _shown(name: str) -> str:
    """A name for display: of an ID the beginning."""
    return name.removeprefix("sha256:")[:12] if name.startswith("sha256:") else name.removeprefix("container:")


def offer_comparison(screen: InspectorScreen[None], name: str, engine: str = "", *, unless: Callable[[], bool]) -> None:
    """Search its engine in a thread for the container that a new image was exported from; if found, offer to compare.

    `unless` returns true if `=` now means another comparison.
    """

    def found(origin: str | None) -> None:
        if origin is not None:
            sentence = tr("{shown} is an import of an export of {shown2}", shown=_shown(name), shown2=_shown(origin))
            key = NextKey(key_name("compare", "="), tr("shows what was lost"), lambda: compare(origin), unless)
            screen.announce(ActNotice(sentence, (key,)), None)

    def compare(origin: str) -> None:
        from layertui.tui.screens.compare.compare_screen import CompareScreen

        screen.app.push_screen(CompareScreen(origin, name).on_engine(engine))

    screen.ask(
        tr("looking for the origin of {name}", name=name),
        lambda inspector, progress: origin_of(inspector, name, progress),
        found,
        group="origin",
        failed=lambda _error: None,  # the import itself was reported; this is only an addition
        quiet=True,
        engine=engine,
    )
