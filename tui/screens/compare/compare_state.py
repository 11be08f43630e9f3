"""What a comparison knows, and the jobs that find it out: histories at once, files as soon as they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import on
from textual.content import Content
from textual.widgets import Static

from layertui.tui.common.format import count_text, safe
from layertui.tui.common.jobs import one_line
from layertui.tui.report.comparison.verdict import phrases
from layertui.tui.screens.compare.import_banner import banner
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_choice import Choice, Chosen, OfLayer, choose, choose_first
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.history_rows import OwnLayer
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.files.folder_bars import FolderBars
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.size_bars import SizeBars
from layertui.tui.widgets.text.lines import line_of

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import Report
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.layers.diff.rollup import FolderBytes
    from layertui.core.progress import Progress
    from layertui.tui.common.jobs import Job
    from layertui.tui.widgets.text.pieces import Piece


class CompareState(InspectorScreen[None]):
    """Two names, the report of them, and what is chosen of the files that differ."""

    def __init__(self, a: str, b: str) -> None:
        super().__init__()
        self._a = a
        self._b = b
        self._choice: Choice | None = None
        self._job: Job[Any] | None = None
        self.report: Report | None = None

    @property
    def names(self) -> tuple[str, str]:
        """What the sides are called."""
        return (self._a, self._b) if self.report is None else (safe(self.report.a.title), safe(self.report.b.title))

    # -- asking

    def compare(self, a: str, b: str, choice: Choice | None = None) -> None:
        """Compare these two from now on; of their files show what was chosen before, or what is shown at first."""
        self._a, self._b, self._choice = a, b, choice
        self.report = None
        self.query_one(HeaderLine).subject = f"{a} ⇄ {b}"
        self.query_one("#verdict", Static).update("comparing …")
        self.query_one("#imported").display = False
        self.query_one(ChangeTree).say("comparing files …")
        self._show_bars((), "comparing files …")

        def quick(inspector: Inspector, progress: Progress) -> Report:
            one, other = (inspector.open(name, progress=progress, or_container=True) for name in (a, b))
            return inspector.compare(one, other, files=False, progress=progress)

        self._job = self.ask(
            f"comparing {a} and {b}",
            quick,
            self._show_histories,
            group="compare",
            failed=self._failed,
            stopped=self._stopped,
        )

    def _show_histories(self, report: Report) -> None:
        self._show(report)
        names = self.names
        self.query_one(HistoryView).show(report.comparison, names, own_layers(report))
        table = self.query_one(ConfigTable)
        table.show(report.comparison.fields, names)
        frame = self.query_one(TabFrame)
        frame.note("config", count_text(len(table.differences)))
        frame.note("files", "…")
        a, b, choice = report.a, report.b, self._choice

        def thorough(inspector: Inspector, progress: Progress) -> tuple[Report, Chosen | None]:
            report = inspector.compare(a, b, progress=progress)
            if report.files is None:
                return report, None
            return report, choose(report.files, choice, progress) if choice else choose_first(report.files, progress)

        self._job = self.ask(
            "comparing files",
            thorough,
            self._show_files,
            group="compare",
            failed=self._failed,
            stopped=self._stopped,
        )

    def _stopped(self) -> None:
        if not self.is_attached or (self._job is not None and not self._job.over):
            return  # gone, or a newer comparison took its place
        self.query_one(TabFrame).note("files", "stopped")
        self.query_one(ChangeTree).say("stopped: r compares again")
        self._show_bars((), "stopped: r compares again")

    def _failed(self, error: Exception) -> None:
        self.query_one("#verdict", Static).update(Content.styled(safe(one_line(error)), "$text-error"))
        self.query_one(ChangeTree).say("")

    # -- the answers

    def _show_files(self, answer: tuple[Report, Chosen | None]) -> None:
        report, chosen = answer
        self._show(report)
        if chosen is not None:
            self._show_chosen(chosen)
        found = report.imported
        place = self.query_one("#imported", Static)
        place.display = found is not None
        if found is not None:
            place.update(line_of(banner(report, found)))

    def _show(self, report: Report) -> None:
        self.report = report
        self.refresh_bindings()
        self.query_one(HeaderLine).subject = f"{report.a.title} ⇄ {report.b.title}"
        self.query_one("#verdict", Static).update(line_of(verdict_line(report)))
        for bars in self.query(SizeBars):
            bars.show(report.shares, report.comparison.transfer, self.names)

    def _show_bars(self, bars: Sequence[FolderBytes], note: str = "") -> None:
        for place in self.query(FolderBars):
            place.show(bars, note)

    # -- which files

    @on(ChangeTree.Asked)
    def _files_asked(self, event: ChangeTree.Asked) -> None:
        self.choose_files(event.choice)

    def choose_files(self, choice: Choice) -> None:
        """Show these of the files that differ."""
        files = self.report.files if self.report is not None else None
        if files is not None:
            self.query_one(ChangeTree).wish = choice
            self.ask(
                "looking for files",
                lambda _inspector, progress: choose(files, choice, progress),
                self._show_chosen,
                group="files",
                quiet=True,
            )

    def _show_chosen(self, chosen: Chosen) -> None:
        self.query_one(ChangeTree).show(chosen, self.names)
        self._show_bars(chosen.bars)
        number = count_text(len(chosen.tree.changes))
        self.query_one(TabFrame).note("files", number)
        for bar in self.query(FindBar):
            bar.show_count(f"{number} files")
        self.tell_state()

    def tell_state(self) -> None:
        """What is hidden, or where the first difference is: in the frame of what shows."""
        raise NotImplementedError

    def choose_layers(self, left: int | None, right: int | None) -> None:
        """Only the files that these layers brought or removed."""
        report = self.report
        if report is None or report.files is None:
            return
        files: Changes = report.files
        choice = self.query_one(ChangeTree).choice
        sides = ((report.a, left), (report.b, right))

        def call(inspector: Inspector, progress: Progress) -> Chosen:
            one, other = (
                None if number is None else of_layer(inspector, subject, number, progress) for subject, number in sides
            )
            return choose(files, Choice(choice.ignoring, choice.text, (one, other)), progress)

        self.ask("looking for a layer's files", call, self._show_chosen, group="files", quiet=True)


def of_layer(inspector: Inspector, subject: Subject, number: int, progress: Progress) -> OfLayer:
    """What a layer removed, beside its number."""
    import numpy as np

    from layertui.core.layers.table.entry import Change

    view = inspector.view(subject, only=number, progress=progress)
    gone = np.flatnonzero(view.change == Change.REMOVED).tolist()
    return OfLayer(number, frozenset(view.path(index) for index in gone))


def own_layers(report: Report) -> list[OwnLayer]:
    """The own layers of those that are containers."""
    return [
        OwnLayer(len(subject.image.layers) + 1, bytes_, side)
        for subject, bytes_, side in ((report.a, report.own[0], "a"), (report.b, report.own[1], "b"))
        if subject.container is not None
    ]


def verdict_line(report: Report) -> list[Piece]:
    """The phrases of the verdict on one line."""
    if report.same and report.files is None:
        return [("the same history and config", "good"), (" · ", "dim"), ("files …", "dim")]
    pieces: list[Piece] = []
    for phrase in phrases(report):
        pieces += [(" · ", "dim"), *phrase] if pieces else phrase
    return pieces
