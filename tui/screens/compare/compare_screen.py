"""Two of anything side by side: histories, files, configs, sizes, packages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import count_text
from layertui.tui.screens.compare.compare_actions import CompareActions
from layertui.tui.screens.compare.compare_details import state_of
from layertui.tui.screens.compare.compare_layout import CompareLayout
from layertui.tui.screens.compare.comparison_jobs import ComparisonJobs
from layertui.tui.screens.compare.comparison_view import ComparisonView
from layertui.tui.screens.compare.row_opening import RowOpening
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, InspectorScreen, numbered
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.finding import Finder
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.compare.package_table import PackageTable
from layertui.tui.widgets.files.document import Document
from layertui.tui.widgets.files.folder_bars import FolderBars
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.lists.size_bars import SizeBars
from layertui.tui.widgets.text.pane_frame import set_subtitle

if TYPE_CHECKING:
    from layertui.tui.widgets.compare.change_choice import ChangeChoice
    from layertui.tui.widgets.text.text_match import Pattern

TABS = (
    ("history", tr("History")),
    ("files", tr("Files")),
    ("config", tr("Config")),
    ("sizes", tr("Sizes")),
    ("packages", tr("Packages")),
)

FILTER = "compare"
"""One filter for histories, files, configs and packages."""


class CompareScreen(InspectorScreen[None]):
    """The verdict, the tabs, and the details of the row under the cursor."""

    DEFAULT_CSS = """
    CompareScreen #verdict { height: auto; padding: 0 1; }
    CompareScreen #imported { height: auto; padding: 0 1; color: $text-accent; }
    CompareScreen #details {
        height: 11; border: round $pane-border; border-title-color: $text-muted; display: none; padding: 0 1;
    }
    CompareScreen #details.-shown { display: block; }
    CompareScreen #details.-nothing, CompareScreen #details.-away { display: none; }
    CompareScreen #details:focus-within { border: round $primary; }
    CompareScreen #details > Document { width: 1fr; }
    CompareScreen #details > FolderBars { width: 1fr; display: none; }
    CompareScreen.-wide #details > FolderBars { display: block; }
    CompareScreen #sizes > SizeBars { height: 4; margin: 0 0 1 0; }
    CompareScreen.-narrow #details { layout: vertical; height: 9; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "swap", tr("swap"), tooltip=tr("Swap the two sides")),
        Binding("x", "save", tr("save"), tooltip=tr("Save the report as text, JSON, Markdown or HTML")),
        Binding("c", "restore", tr("restore config"), tooltip=tr("Restore the config that the import has lost")),
        Binding(
            "equals_sign",
            "others",
            tr("compare others"),
            key_display="=",
            tooltip=tr("Compare any two, by their names"),
        ),
        Binding("slash", "filter", tr("filter"), tooltip=tr("Filter the rows: text, *.glob or /regex/")),
        Binding(
            "i",
            "details",
            tr("show details"),
            tooltip=tr("Show or hide the details of the row: raw commands, IDs and digests"),
        ),
        Binding(
            "v",
            "size_map",
            tr("size map"),
            tooltip=tr("Show the bytes that differ as areas: files added, removed and changed"),
        ),
        COPY_KEY,
        Binding("Y", "copy_more", tr("copy command"), show=False, tooltip=tr("Copy the command of the step")),
        *ZOOM_KEYS,
        Binding("H", "tab('history')", tr("history"), show=False),
        Binding(
            "r", "refresh", tr("refresh"), show=False, tooltip=tr("Compare again: a container may have been written to")
        ),
        *numbered("tab", TABS),
    ]

    def __init__(self, a: str, b: str) -> None:
        super().__init__()
        self.results = ComparisonView(self, self._files_shown)
        self.comparison = ComparisonJobs(self, self.results, a, b)
        self.space = CompareLayout(self, lambda: self.results.names if self.comparison.report is not None else None)
        self.opening = RowOpening(self, self.comparison)
        self.finder = Finder(
            lambda bar: self.mount(bar, before=self.query_one(KeyBar)), self._narrow, lambda *_: self._frame.focus_tab()
        )
        self.offer(CopyActions(self).actions())
        self.offer(CompareActions(self, self.comparison, self._kept, self._compare_others).actions())
        self.offer(
            {
                "filter": Action(lambda: self.finder.open(FILTER, tr("compare"))),
                "details": Action(self.space.toggle_details, self._no_details),
                "zoom": Action(self._zoom),
                "tab": Action(self._go_to),
            }
        )

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield Static(id="verdict")
        yield SizeBars(id="bars")
        yield Static(id="imported")
        yield TabFrame(
            TABS,
            HistoryView(id="history"),
            ChangeTree(id="files"),
            ConfigTable(id="config"),
            Vertical(SizeBars(), FolderBars(), id="sizes"),
            PackageTable(id="packages"),
        )
        with Horizontal(id="details"):
            yield Document(id="left")
            yield Document(id="right")
            yield FolderBars(id="folders")
        yield KeyBar()

    def on_mount(self) -> None:
        """Start the quick job, then the slow one."""
        self.space.update()
        self.query_one("#history").focus()
        self.comparison.compare(self.comparison.a, self.comparison.b)

    @property
    def _frame(self) -> TabFrame:
        return self.query_one(TabFrame)

    def _zoom(self, by: int) -> None:
        if why := self.space.zoom(by):
            self.show_notice(tr("Zoom: {why}.", why=why), severity="warning", seconds=3)

    def _go_to(self, tab: str) -> None:
        self._frame.go_to(tab)

    @property
    def _tree(self) -> ChangeTree:
        return self.query_one(ChangeTree)

    # -- the visible tab

    def _no_details(self) -> str:
        of_sizes = self.is_mounted and self._frame.current == "sizes"
        return tr("details: this tab shows all that is known of the sizes") if of_sizes else ""

    def _show_state(self) -> None:
        """Show the tab's state: the filter, what is hidden, the first difference."""
        pattern = self.finder.pattern(FILTER)
        set_subtitle(self._frame, pattern.label if pattern is not None else "", state_of(self._frame))
        self.space.update()

    def on_resize(self) -> None:
        self.space.update()

    def on_descendant_focus(self) -> None:
        self.space.focus_moved()

    @on(RowList.Moved)
    def _row_changed(self, event: RowList.Moved) -> None:
        if not isinstance(event.rows, Document | FolderBars):  # these show the details themselves
            self.space.show_details()
        self.space.rows_changed(event.rows)
        if isinstance(event.rows, ConfigTable):
            self._show_state()

    @on(TabFrame.Changed)
    def _tab_turned(self) -> None:
        self._show_state()
        self.refresh_bindings()

    @on(RowList.Chosen)
    def _row_chosen(self, event: RowList.Chosen) -> None:
        if not self.opening.open(event.rows, event.index) and not self._no_details():
            self.space.toggle_details()

    # -- the shown files

    @on(ChangeTree.Asked)
    def _files_asked(self, event: ChangeTree.Asked) -> None:
        self._choose_files(event.choice)

    def _choose_files(self, choice: ChangeChoice) -> None:
        if self.comparison.files_known:
            self._tree.wish = choice
            self.comparison.choose_files(choice)

    def _files_shown(self) -> None:
        pattern, chosen = self.finder.pattern(FILTER), self._tree.chosen
        text = pattern.typed if pattern is not None else ""
        if chosen is not None:
            count = len(chosen.tree.changes)
            self.finder.show_count(FILTER, trn("{count} file", "{count} files", count, count=count_text(count)))
            if chosen.choice.text != text:  # typed before the files were known
                self._choose_files(replace(chosen.choice, text=text))
        self._show_state()

    def _kept(self) -> ChangeChoice | None:
        """The choice of files, for another comparison of the same two; without layers, whose numbers may have changed."""
        return replace(self._tree.choice, layers=None) if self._tree.chosen is not None else None

    def _compare_others(self, a: str, b: str) -> None:
        self.finder.clear(FILTER)
        self.comparison.compare(a, b)

    # -- the filter

    def _narrow(self, _target: str, pattern: Pattern | None) -> None:
        self.query_one(HistoryView).filter(pattern)
        self.query_one(ConfigTable).filter(pattern)
        self.query_one(PackageTable).filter(pattern)
        self._show_state()
        self._choose_files(replace(self._tree.choice, text=pattern.typed if pattern is not None else ""))

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self.finder.typed(event.text)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        self.finder.bar_closed(keep=event.keep)

    def action_back(self) -> None:
        """Clear the filter, show the files of all layers again, stop the job, or go back."""
        if self.finder.clear(FILTER):
            return
        if self._tree.choice.layers is not None:
            self._choose_files(replace(self._tree.choice, layers=None))
        else:
            super().action_back()
