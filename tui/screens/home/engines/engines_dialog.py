"""Which engines there are, what each is and has; which of them are shown is chosen here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, fit, many, right

if TYPE_CHECKING:
    from layertui.core.inspector.inspector_answers import EngineReport

MOST_LINES = 12
"""Of more the list scrolls."""


class EngineList(RowList):
    """One line an engine; the shown ones are ticked."""

    TITLE_OF_KEYS = "Engines"
    OPENS = False

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "show or hide", tooltip="Show the engine's images and containers, or hide them"),
    ]

    def __init__(self, hidden: frozenset[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hidden = hidden
        self.reports: tuple[EngineReport, ...] = ()
        self.styles.height = 3

    def show_reports(self, reports: Sequence[EngineReport]) -> None:
        """What each engine has answered."""
        self.reports = tuple(reports)
        self.styles.height = min(max(3, len(reports)), MOST_LINES)
        self.show_count(len(reports))

    @property
    def current(self) -> EngineReport | None:
        """The one under the cursor."""
        return self.reports[self.cursor] if self.cursor < len(self.reports) else None

    def action_turn(self) -> None:
        if (current := self.current) is not None and current.reachable:
            self.hidden = self.hidden ^ {current.name}
            self.refresh()

    def draw_row(self, index: int, width: int) -> Pieces:
        one = self.reports[index]
        name = max(8, *(len(report.name) for report in self.reports))
        if not one.reachable:
            told = fit("does not answer", width - name - 5)
            return [(f" · {fit(safe(one.name), min(name, 20))} ", "dim"), (told, "dim")]
        version = fit(safe(one.version), 16)
        has = right(f"{many(one.images or 0, 'image')}, {many(one.containers or 0, 'container')}", 24)
        tick = (" ✓ ", "changed strong") if one.name not in self.hidden else ("   ", "")
        return [tick, (fit(safe(one.name), min(name, 20)) + " ", ""), (version, "dim"), (has, "dim")]


class EnginesDialog(Dialog["frozenset[str] | None"]):
    """The list, and below it where the engine under the cursor is; the answer is which are hidden."""

    YES = "Done"

    def __init__(self, hidden: frozenset[str]) -> None:
        super().__init__()
        self._hidden = hidden

    def heading(self) -> str:
        """The title."""
        return "Engines"

    def fields(self) -> Iterable[Widget]:
        """One line each."""
        yield EngineList(self._hidden, id="engines")

    def on_mount(self) -> None:
        """Ask them all; one that is silent is waited for as long as `engines` waits."""
        super().on_mount()
        self.query_one(EngineList).focus()
        self.ask(
            "asking the engines",
            lambda inspector, _progress: inspector.engines(probe=False),
            self._answered,
            group="reports",
        )

    def _answered(self, reports: list[EngineReport]) -> None:
        self.query_one(EngineList).show_reports(reports)
        self.renew()

    def on_row_list_moved(self) -> None:
        """Another engine is told of."""
        self.renew()

    def effect(self) -> Content:
        """Where the engine is, and why it cannot be reached."""
        engines = self.query_one(EngineList)
        if (one := engines.current) is None:
            return lines(("Asking each engine for its version …", NOTE))
        default = " Names without a prefix are looked up here; L loads into it." if one.default else ""
        of_kind = f" ({one.kind})" if one.kind != one.name else ""
        return lines(
            (safe(f"{one.name}{of_kind}: {one.address or 'no address'}.{default}"), ""),
            (safe(one.why), LOST) if one.why else None,
            ("Space shows or hides an engine. C copies an image from one to another.", NOTE),
        )

    def command(self) -> Sequence[str]:
        """`layertui engines`."""
        return ("layertui", "engines")

    def confirm(self) -> None:
        """Show those that are ticked."""
        engines = self.query_one(EngineList)
        names = {one.name for one in engines.reports}
        if engines.reports and names <= engines.hidden:
            self.say_error("one engine has to be shown")
            return
        hidden = ", ".join(sorted(engines.hidden & names))
        self.finish(
            engines.hidden, ActNotice(f"Not shown: {hidden}" if hidden else "All engines that answer are shown")
        )
