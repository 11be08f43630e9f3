"""Shows the results of a comparison in the widgets of its screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, safe
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.report.comparison.verdict import phrases
from layertui.tui.screens.compare.import_banner import banner
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.history_rows import WritableLayerRow
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.compare.package_table import PackageTable
from layertui.tui.widgets.files.folder_bars import FolderBars
from layertui.tui.widgets.lists.size_bars import SizeBars
from layertui.tui.widgets.text.lines import line_of

if TYPE_CHECKING:
    from textual.screen import Screen

    from layertui.core.inspector.inspector_answers import Report
    from layertui.core.layers.diff.rollup import FolderBytes
    from layertui.tui.widgets.compare.change_choice import Chosen
    from layertui.tui.widgets.text.pieces import Piece


class ComparisonView:
    """Shows each result in its widget, and calls `changed` when the available actions have changed."""

    def __init__(self, screen: Screen[None], changed: Callable[[], None]) -> None:
        self._screen = screen
        self._changed = changed
        self.names = ("", "")
        """The names of the sides; safe to show."""

    def show_names(self, a: str, b: str) -> None:
        screen = self._screen
        self.names = safe(a), safe(b)
        screen.query_one(HeaderLine).subject = f"{a} ⇄ {b}"
        screen.query_one("#verdict", Static).update(tr("comparing …"))
        screen.query_one("#imported").display = False
        self._say(tr("comparing files …"))

    def show_histories(self, report: Report) -> None:
        self._show(report)
        screen = self._screen
        screen.query_one(HistoryView).show(report.comparison, self.names, writable_layers(report))
        table = screen.query_one(ConfigTable)
        table.show(report.comparison.fields, self.names)
        frame = screen.query_one(TabFrame)
        frame.note("config", count_text(len(table.differences)))
        frame.note("files", "…")
        frame.note("packages", "…")

    def show_files(self, report: Report) -> None:
        self._show(report)
        found, line = report.imported, self._screen.query_one("#imported", Static)
        line.display = found is not None
        if found is not None:
            line.update(line_of(banner(report, found)))

    def show_packages(self, report: Report) -> None:
        if report.packages is not None:
            screen = self._screen
            screen.query_one(PackageTable).show(report.packages, self.names)
            screen.query_one(TabFrame).note("packages", count_text(len(report.packages.changes)))

    def show_no_packages(self, why: str) -> None:
        if self._screen.is_attached:
            self._screen.query_one(TabFrame).note("packages", tr("stopped"))
            self._screen.query_one(PackageTable).say(why)

    def show_chosen(self, chosen: Chosen) -> None:
        screen = self._screen
        screen.query_one(ChangeTree).show(chosen, self.names)
        self._show_bars(chosen.bars)
        screen.query_one(TabFrame).note("files", count_text(len(chosen.tree.changes)))
        self._changed()

    def show_stopped(self) -> None:
        if self._screen.is_attached:
            frame = self._screen.query_one(TabFrame)
            for tab in ("files", "packages"):
                frame.note(tab, tr("stopped"))
            self._say(tr("stopped: {refresh} compares again", refresh=key_name("refresh", "r")))

    def show_failed(self, error: Exception) -> None:
        self._screen.query_one("#verdict", Static).update(Content.styled(safe(one_line(error)), "$text-error"))
        self._screen.query_one(ChangeTree).say("")

    def _show(self, report: Report) -> None:
        screen = self._screen
        a, b = report.titles
        self.names = safe(a), safe(b)
        screen.query_one(HeaderLine).subject = f"{a} ⇄ {b}"
        screen.query_one("#verdict", Static).update(line_of(verdict_line(report)))
        for bars in screen.query(SizeBars):
            bars.show(report.shares, report.comparison.transfer, self.names)
        screen.refresh_bindings()

    def _say(self, note: str) -> None:
        self._screen.query_one(ChangeTree).say(note)
        self._screen.query_one(PackageTable).say(note)
        self._show_bars((), note)

    def _show_bars(self, bars: Sequence[FolderBytes], note: str = "") -> None:
        for bars_view in self._screen.query(FolderBars):
            bars_view.show(bars, note)


def writable_layers(report: Report) -> list[WritableLayerRow]:
    """The writable layers of the sides that are containers."""
    return [
        WritableLayerRow(len(subject.image.layers) + 1, bytes_, side)
        for subject, bytes_, side in ((report.a, report.own[0], "a"), (report.b, report.own[1], "b"))
        if subject.container is not None
    ]


def verdict_line(report: Report) -> list[Piece]:
    """The phrases of the verdict on one line."""
    if report.same and report.files is None:
        return [(tr("the same history and config"), "good"), (" · ", "dim"), (tr("files …"), "dim")]
    pieces: list[Piece] = []
    for phrase in phrases(report):
        pieces += [(" · ", "dim"), *phrase] if pieces else phrase
    return pieces
