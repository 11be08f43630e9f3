"""Two of anything side by side: histories, files, configs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from layertui.tui.format import count_text, safe
from layertui.tui.jobs import one_line
from layertui.tui.report.verdict import phrases
from layertui.tui.screens.base import InspectorScreen
from layertui.tui.screens.compare_details import details_of
from layertui.tui.screens.content import ContentScreen
from layertui.tui.screens.imported import sentence
from layertui.tui.screens.versions import Side
from layertui.tui.widgets.change_runs import Sorted, sort_out
from layertui.tui.widgets.change_tree import ChangeTree
from layertui.tui.widgets.config_table import ConfigTable
from layertui.tui.widgets.find_bar import FindBar
from layertui.tui.widgets.header_line import HeaderLine
from layertui.tui.widgets.history_rows import OwnLayer
from layertui.tui.widgets.history_view import HistoryView
from layertui.tui.widgets.key_bar import KeyBar
from layertui.tui.widgets.lines import content_of, line_of
from layertui.tui.widgets.pieces import Piece
from layertui.tui.widgets.row_list import RowList
from layertui.tui.widgets.size_bars import SizeBars
from layertui.tui.widgets.tab_frame import TabFrame

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.answers import Report
    from layertui.core.streams.progress import Progress
    from layertui.tui.jobs import Job

MIDDLING = 28
"""Lines from which the two bars have their place."""

TALL = 34
"""Lines from which the details of a row show without being asked for."""


class CompareScreen(InspectorScreen[None]):
    """Verdict first, then the tabs, then the details of the row the cursor is on."""

    DEFAULT_CSS = """
    CompareScreen #verdict { height: auto; max-height: 3; padding: 0 1; }
    CompareScreen #imported { height: auto; max-height: 5; padding: 0 1; color: $text-accent; }
    CompareScreen #details {
        height: 12; border: round $pane-border; border-title-color: $text-muted; display: none; padding: 0 1;
    }
    CompareScreen #details.-shown { display: block; }
    CompareScreen #details:focus-within { border: round $primary; }
    CompareScreen #details > VerticalScroll { width: 1fr; height: 1fr; scrollbar-size-vertical: 1; }
    CompareScreen.-narrow #details { layout: vertical; height: 9; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "swap", "swap", tooltip="Change the two sides"),
        Binding("equals_sign", "others", "others", key_display="=", tooltip="Compare any two, by their names"),
        Binding("slash", "filter", "filter", key_display="/", tooltip="Only rows that have this text"),
        Binding("i", "details", "details", tooltip="Show or hide the details of the row"),
        Binding("r", "refresh", "refresh", show=False),
        Binding("1", "tab('history')", "history", show=False),
        Binding("2", "tab('files')", "files", show=False),
        Binding("3", "tab('config')", "config", show=False),
    ]

    def __init__(self, a: str, b: str) -> None:
        super().__init__()
        self._a = a
        self._b = b
        self._wanted = ""
        self._hidden = 0
        self._own: tuple[OwnLayer, ...] = ()
        self._job: Job[Any] | None = None
        self.report: Report | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield HeaderLine()
        yield Static("comparing …", id="verdict")
        yield SizeBars()
        yield Static(id="imported")
        yield TabFrame(
            (("history", "History"), ("files", "Files"), ("config", "Config")),
            HistoryView(id="history"),
            ChangeTree(id="files"),
            ConfigTable(id="config"),
        )
        with Horizontal(id="details"):
            with VerticalScroll():
                yield Static(id="left")
            with VerticalScroll():
                yield Static(id="right")
        yield KeyBar()

    def on_mount(self) -> None:
        """Ask for what is quick, then for what takes time."""
        self.query_one("#imported").display = False
        self.query_one("#details").set_class(self.app.size.height >= TALL, "-shown")
        self.query_one(SizeBars).display = self.app.size.height >= MIDDLING
        self.query_one("#history").focus()
        self._compare()

    # -- asking

    def _compare(self) -> None:
        a, b = self._a, self._b
        self.query_one(HeaderLine).subject = f"{a} ⇄ {b}"

        def quick(inspector: Inspector, progress: Progress) -> tuple[Report, tuple[OwnLayer, ...]]:
            one, other = inspector.open(a, progress=progress), inspector.open(b, progress=progress)
            own = tuple(
                OwnLayer(len(subject.image.layers) + 1, inspector.size_rw(subject.container.id), side)
                for subject, side in ((one, "a"), (other, "b"))
                if subject.container is not None
            )
            return inspector.compare(one, other, files=False, progress=progress), own

        self.query_one(ChangeTree).say("comparing files …")
        self._job = self.ask(
            f"comparing {a} and {b}",
            quick,
            self._show_histories,
            group="compare",
            failed=self._failed,
            stopped=self._stopped,
        )

    def _show_histories(self, answer: tuple[Report, tuple[OwnLayer, ...]]) -> None:
        report, self._own = answer
        self._show(report)
        self.query_one(HistoryView).show(report.comparison, (safe(report.a.title), safe(report.b.title)), self._own)
        self.query_one(ConfigTable).show(report.comparison.config, (safe(report.a.title), safe(report.b.title)))
        frame = self.query_one(TabFrame)
        frame.note("config", count_text(len(self.query_one(ConfigTable).differences)))
        frame.note("files", "…")
        a, b = report.a, report.b

        def thorough(inspector: Inspector, progress: Progress) -> tuple[Report, Sorted]:
            report = inspector.compare(a, b, progress=progress)
            return report, sort_out(report.files or ())

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

    def action_refresh(self) -> None:
        """Compare again: a container may have written since."""
        self._compare()

    def _show_files(self, answer: tuple[Report, Sorted]) -> None:
        report, changes = answer
        self._show(report)
        self.query_one(ChangeTree).show(changes, (safe(report.a.title), safe(report.b.title)))
        place = self.query_one("#imported", Static)
        place.display = report.imported is not None
        if report.imported is not None:
            place.update(Content(sentence(report, report.imported)))

    def _show(self, report: Report) -> None:
        self.report = report
        self.query_one(HeaderLine).subject = f"{report.a.title} ⇄ {report.b.title}"
        self.query_one("#verdict", Static).update(line_of(_verdict(report)))
        self.query_one(SizeBars).show(report.shares, (report.a.title, report.b.title))

    def _failed(self, error: Exception) -> None:
        self.query_one("#verdict", Static).update(Content.styled(safe(one_line(error)), "$text-error"))

    # -- moving about

    @on(ChangeTree.Filtered)
    def _files_filtered(self, event: ChangeTree.Filtered) -> None:
        frame = self.query_one(TabFrame)
        frame.note("files", count_text(event.shown))
        self._hidden = event.hidden
        self._tell_hidden()

    def _tell_hidden(self) -> None:
        frame, many = self.query_one(TabFrame), self._hidden
        told = f"{count_text(many)} differ{'s' if many == 1 else ''} in time alone: T shows" if many else ""
        frame.border_subtitle = told if frame.current == "files" else ""

    @on(RowList.Moved)
    @on(TabFrame.Turned)
    def _row_changed(self) -> None:
        self._tell_hidden()
        self._show_details()

    @on(RowList.Chosen)
    def _row_chosen(self, event: RowList.Chosen) -> None:
        change = event.rows.change_at(event.index) if isinstance(event.rows, ChangeTree) else None
        if change is not None and self.report is not None:
            a, b = self.report.a, self.report.b
            what = " ".join((change.kind, *change.fields))
            self.app.push_screen(ContentScreen(Side(a, change.a), Side(b, change.b), change.path, what))
        else:
            self.action_details()

    def action_details(self) -> None:
        """Show or hide the details of the row."""
        self.query_one("#details").toggle_class("-shown")
        self._show_details()

    def _show_details(self) -> None:
        details = self.query_one("#details")
        if self.report is None or not details.has_class("-shown"):
            return
        left, right = self.query_one("#left", Static), self.query_one("#right", Static)
        names = (safe(self.report.a.title), safe(self.report.b.title))
        title, sides = details_of(self.query_one(TabFrame), names, left.content_size.width)
        details.border_title = Content(title)
        for place, lines in zip((left, right), sides, strict=True):
            place.update(content_of(lines))

    def action_swap(self) -> None:
        """Change the two sides."""
        self._a, self._b = self._b, self._a
        self._compare()

    def action_others(self) -> None:
        """Two others, or one of these with another."""
        from layertui.tui.screens.compare_dialog import CompareDialog

        def chosen(pair: tuple[str, str] | None) -> None:
            if pair is not None:
                self._a, self._b = pair
                self._compare()

        self.app.push_screen(CompareDialog(self._a, self._b), chosen)

    def action_tab(self, tab: str) -> None:
        """Turn to a tab."""
        frame = self.query_one(TabFrame)
        frame.turn_to(tab)
        frame.focus_tab()

    # -- the filter

    def action_filter(self) -> None:
        """Ask for the text."""
        if not self.query(FindBar):
            self.mount(FindBar("compare", self._wanted), before=self.query_one(KeyBar))

    @on(FindBar.Typed)
    def _find_bar_typed(self, event: FindBar.Typed) -> None:
        self._filter(event.text)

    @on(FindBar.Closed)
    def _find_bar_closed(self, event: FindBar.Closed) -> None:
        if not event.keep:
            self._filter("")
        self.query(FindBar).remove()
        self.query_one(TabFrame).focus_tab()

    def _filter(self, text: str) -> None:
        self._wanted = text
        self.query_one(HistoryView).filter(text)
        self.query_one(ChangeTree).filter(text)
        self.query_one(ConfigTable).filter(text)

    def action_back(self) -> None:
        """Clear the filter, stop the job, or go back."""
        if self._wanted:
            self._filter("")
        else:
            super().action_back()


def _verdict(report: Report) -> list[Piece]:
    """The phrases of the verdict on one line."""
    if report.same and report.files is None:
        return [("the same history and config", "good"), (" · ", "dim"), ("files …", "dim")]
    pieces: list[Piece] = []
    for phrase in phrases(report):
        pieces += [(" · ", "dim"), *phrase] if pieces else phrase
    return pieces
