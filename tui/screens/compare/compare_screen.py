"""Two of anything side by side: histories, files, configs, sizes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from layertui.tui.screens.compare.compare_details import details_of, state_of
from layertui.tui.screens.compare.compare_state import CompareState
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, numbered
from layertui.tui.screens.shared.clipboard import COPY_KEY, Copying
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_choice import Choice
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.files.document import Document
from layertui.tui.widgets.files.folder_bars import FolderBars
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.lists.size_bars import SizeBars
from layertui.tui.widgets.text.pane_frame import tell_below
from layertui.tui.widgets.text.text_match import Pattern

MIDDLING = 28
"""Lines from which the two bars have their place."""

TALL = 34
"""Lines from which the details of a row show without being asked for."""

LEAST = 6
"""Rows that the list keeps, however few it has, and however large the details are."""

TABS = (("history", "History"), ("files", "Files"), ("config", "Config"), ("sizes", "Sizes"))


class CompareScreen(Copying, CompareState):
    """Verdict first, then the tabs, then the details of the row the cursor is on."""

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
        Binding("s", "swap", "swap", tooltip="Swap the two sides"),
        Binding("x", "save", "save", tooltip="Save the report as text, JSON, Markdown or HTML"),
        Binding("c", "restore", "restore config", tooltip="Restore the config that the import has lost"),
        Binding("equals_sign", "others", "compare others", key_display="=", tooltip="Compare any two, by their names"),
        Binding("slash", "filter", "filter", tooltip="Filter the rows: text, *.glob or /regex/"),
        Binding(
            "i", "details", "show details", tooltip="Show or hide the details of the row: raw commands, IDs and digests"
        ),
        COPY_KEY,
        Binding("Y", "copy_more", "copy command", show=False, tooltip="Copy the command of the step"),
        *ZOOM_KEYS,
        Binding("H", "tab('history')", "history", show=False),
        Binding("r", "refresh", "refresh", show=False, tooltip="Compare again: a container may have been written to"),
        *numbered("tab", TABS),
    ]

    _wanted = _title = ""
    _asked_for = False
    """Whether the details were shown or hidden by key: then no height shows or hides them."""
    _zoom = 0
    """1 while what has the focus has nearly all room."""
    _rows = -1
    """How many rows the tab had when the height was shared out."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
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
        )
        with Horizontal(id="details"):
            yield Document(id="left")
            yield Document(id="right")
            yield FolderBars(id="folders")
        yield KeyBar()

    def on_mount(self) -> None:
        """Ask for what is quick, then for what takes time."""
        self._fit_height()
        self.query_one("#history").focus()
        self.compare(self._a, self._b)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A config can be put back where one was lost, a report be saved where there is one."""
        if action == "restore":
            return self.report is not None and self.report.imported is not None
        if action == "save":
            return self.report is not None
        if action == "details":  # of sizes there is no more to say than stands there
            return not self.is_mounted or self.query_one(TabFrame).current != "sizes"
        may = self.may_copy(action)
        return super().check_action(action, parameters) if may is None else may

    # -- moving about

    def tell_state(self) -> None:
        """What has to be known of what shows, in its frame."""
        frame = self.query_one(TabFrame)
        pattern = Pattern.of(self._wanted)
        tell_below(frame, pattern.told if pattern is not None else "", state_of(frame))
        # The tab of sizes has them, and more.
        self._fit_height()
        self.query_one("#details").set_class(frame.current == "sizes", "-nothing")
        self.call_after_refresh(self._share_height)

    def on_resize(self) -> None:
        """What had no room may have some now."""
        self._fit_height()
        self.call_after_refresh(self._share_height)

    def _fit_height(self) -> None:
        height, shown = self.app.size.height, self.query_one(TabFrame).current
        self.query_one("#bars").display = height >= MIDDLING and shown != "sizes"
        if not self._asked_for:
            self.query_one("#details").set_class(height >= TALL, "-shown")
            self._show_details()

    def _share_height(self) -> None:
        """A list takes the lines that it has to show, and the details what is left: no line stays empty between the two."""
        details, frame = self.query_one("#details"), self.query_one(TabFrame)
        shown = frame.visible_content
        if not isinstance(shown, RowList) or not details.display or self.report is None:
            return  # what is not there yet may be long
        self._rows = shown.count
        low = 9 if self.has_class("-narrow") else 11
        both = frame.outer_size.height + details.outer_size.height
        rows = LEAST if self._zoom else max(LEAST, shown.count)
        tall = max(low, both - rows - shown.head_height - 2)
        if details.outer_size.height != tall:
            details.styles.height = tall

    @on(RowList.Moved)
    def _row_changed(self, event: RowList.Moved) -> None:
        if not isinstance(event.rows, Document | FolderBars):  # those stand in the details themselves
            self._show_details()
        if event.rows is self.query_one(TabFrame).visible_content and event.rows.count != self._rows:
            self.call_after_refresh(self._share_height)
        if isinstance(event.rows, ConfigTable):
            self.tell_state()

    @on(TabFrame.Turned)
    def _turned(self) -> None:
        self.tell_state()
        self._show_details()
        self.refresh_bindings()

    @on(RowList.Chosen)
    def _row_chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        if isinstance(rows, HistoryView) and self._files_of(rows):
            return
        if isinstance(rows, ChangeTree) and rows.change_at(event.index) is not None:
            self._open_file()
        elif isinstance(rows, FolderBars):
            self.query_one(ChangeTree).go_to_path(rows.bars[event.index].path)
            self.action_tab("files")
        else:
            self.action_details()

    def _open_file(self) -> None:
        """The two contents of the file that the tree's cursor is on; and from there on to the next one, if that is asked for."""
        tree = self.query_one(ChangeTree)
        change = tree.change_at(tree.cursor)
        if change is None or self.report is None or tree.chosen is None:
            return

        def another(by: int | None) -> None:
            if by is not None:
                tree.action_hunk(by)
                self._open_file()

        sides = Side(self.report.a, change.a), Side(self.report.b, change.b)
        what = " ".join((change.kind, *change.fields))
        among = len(tree.chosen.tree.changes)
        self.app.push_screen(ContentScreen(*sides, change.path, what, among=among), another)

    def _files_of(self, history: HistoryView) -> bool:
        """Turn to what the step's layers did; False for a step that made none."""
        pair, own = history.pair_at(history.cursor), history.own_at(history.cursor)
        if own is not None:
            left, right = (own.number, None) if own.side == "a" else (None, own.number)
        else:
            left, right = (
                (step.number if step is not None else None for step in (pair.a, pair.b)) if pair else (None, None)
            )
        if left is None and right is None:
            return False
        self.choose_layers(left, right)
        self.action_tab("files")
        return True

    def action_details(self) -> None:
        """Show or hide the details of the row."""
        self._asked_for = True
        self.query_one("#details").toggle_class("-shown")
        self._show_details()
        self.call_after_refresh(self._share_height)

    def action_zoom(self, by: int) -> None:
        """Nearly all room for what has the focus, or as it was."""
        self._zoom = max(0, min(self._zoom + by, 1))
        self._grow()

    def on_descendant_focus(self) -> None:
        """What was grown was grown for what has the focus."""
        if self._zoom:
            self._grow()

    def _grow(self) -> None:
        details = self.query_one("#details")
        details.set_class(bool(self._zoom) and not details.has_focus_within, "-away")
        self.call_after_refresh(self._share_height)

    def _show_details(self) -> None:
        details = self.query_one("#details")
        if self.report is None or not details.has_class("-shown"):
            return
        places = self.query_one("#left", Document), self.query_one("#right", Document)
        title, sides = details_of(self.query_one(TabFrame), self.names, places[0].scrollable_content_region.width)
        if title != self._title:  # a frame that is written anew lays out the whole screen
            details.border_title, self._title = Content(title), title
        for place, parts in zip(places, sides, strict=True):
            place.show(parts)

    def action_tab(self, tab: str) -> None:
        """Turn to a tab."""
        self.query_one(TabFrame).go_to(tab)

    # -- other two, other sides, out of here

    def action_refresh(self) -> None:
        """Compare again."""
        self.compare(self._a, self._b, self._kept())

    def action_swap(self) -> None:
        """Change the two sides."""
        self.compare(self._b, self._a, self._kept())

    def _kept(self) -> Choice | None:
        """What is shown of the files, for the same two once more; layers have other numbers then."""
        tree = self.query_one(ChangeTree)
        return replace(tree.choice, layers=None) if tree.chosen is not None else None

    def action_others(self) -> None:
        """Two others, or one of these with another."""
        from layertui.tui.screens.dialogs.compare_dialog import CompareDialog

        def chosen(pair: tuple[str, str] | None) -> None:
            if pair is not None:
                self._filter("")
                self.compare(*pair)

        self.app.push_screen(CompareDialog(self._a, self._b), chosen)

    def action_save(self) -> None:
        """The report to a file."""
        from layertui.tui.screens.dialogs.report_dialog import SaveReportDialog

        if self.report is not None:
            self.app.push_screen(
                SaveReportDialog(self.report, (self._a, self._b)),
                lambda path: self.tell(f"{path} is written.", title="Report") if path else None,
            )

    def action_restore(self) -> None:
        """The config of the original for the import; then the two are compared again."""
        from layertui.tui.screens.dialogs.restore_config import RestoreConfigDialog

        report = self.report
        if report is None or report.imported is None:
            return
        a, b, left = self._a, self._b, report.imported.copy == "a"

        def done(name: str | None) -> None:
            if name is not None:
                self._filter("")
                self.compare(name if left else a, b if left else name)

        self.app.push_screen(RestoreConfigDialog(report), done)

    # -- the filter

    def action_filter(self) -> None:
        """Ask for the text."""
        if not self.query(FindBar):
            self.mount(FindBar("compare", self._wanted), before=self.query_one(KeyBar))

    @on(FindBar.Typed)
    def _find_bar_typed(self, event: FindBar.Typed) -> None:
        try:
            Pattern.of(event.text)
        except re.error as error:
            self.query_one(FindBar).show_count(f"incomplete regular expression: {error.msg}")
            return
        self._filter(event.text)

    @on(FindBar.Closed)
    def _find_bar_closed(self, event: FindBar.Closed) -> None:
        if not event.keep:
            self._filter("")
        self.query(FindBar).remove()
        self.query_one(TabFrame).focus_tab()

    def _filter(self, text: str) -> None:
        self._wanted = text
        pattern = Pattern.of(text)
        self.query_one(HistoryView).filter(pattern)
        self.query_one(ConfigTable).filter(pattern)
        self.tell_state()
        self.choose_files(replace(self.query_one(ChangeTree).choice, text=text))

    def action_back(self) -> None:
        """Clear the filter, show the files of all layers again, stop the job, or go back."""
        tree = self.query_one(ChangeTree)
        if self._wanted:
            self._filter("")
        elif tree.choice.layers is not None:
            self.choose_files(replace(tree.choice, layers=None))
        else:
            super().action_back()
