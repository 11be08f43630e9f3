"""A container: its life, its namespaces beside the host's, its writable layer, its logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY, LifeActions
from layertui.tui.screens.actions.path_actions import PATH_KEYS, PathActions
from layertui.tui.screens.container.container_actions import NOT_KNOWN, ContainerActions
from layertui.tui.screens.container.container_tabs import ContainerTabs
from layertui.tui.screens.container.container_watch import ContainerWatch
from layertui.tui.screens.shared.base_screen import InspectorScreen, numbered
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.finding import Finder, step
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.load_line import LoadLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pane_frame import set_subtitle

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.layers.table.entry import Entry
    from layertui.tui.widgets.text.text_match import Pattern

TABS = (
    ("namespaces", tr("Namespaces")),
    ("mounts", tr("Mounts")),
    ("layer", tr("Writable layer")),
    ("processes", tr("Processes")),
    ("logs", tr("Logs")),
)


FILTERED = {"layer": tr("writable layer"), "processes": tr("processes"), "logs": tr("logs")}
"""The tabs that can be filtered, and what the find bar calls them."""

EVERY = 1.0
"""Seconds between two readings of what the container uses: a curve over time has to be sampled by the clock."""


class ContainerScreen(InspectorScreen["str | None"]):
    """The life line above, the tabs below; what it shows is live while the container runs.

    It answers with the tab of Details to go on in on home, or none.
    """

    DEFAULT_CSS = """
    ContainerScreen LifeLine { margin: 1 0; }
    ContainerScreen.-short LifeLine, ContainerScreen.-short LoadLine { margin: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", tr("start"), tooltip=tr("Start it: creates namespaces and the process in them")),
        Binding("s", "stop", tr("stop"), tooltip=tr("Stop it: asks the process to end; the writable layer is kept")),
        SHELL_KEY,
        Binding("w", "write", tr("write"), tooltip=tr("Write a file into the writable layer")),
        Binding("x", "take_out", tr("export"), tooltip=tr("Export or commit it")),
        Binding(
            "d",
            "delete",
            tr("delete"),
            tooltip=tr("Delete the container, or the path under the cursor in its writable layer, after a question"),
        ),
        Binding("f", "lookup", tr("look up"), tooltip=tr("Look up which layer a path comes from: top-down search")),
        Binding("equals_sign", "compare", tr("compare"), key_display="=", tooltip=tr("Compare it with its image")),
        Binding(
            "slash",
            "find",
            tr("filter"),
            tooltip=tr("Filter files, processes or log lines: text, *.glob or /regex/"),
        ),
        *LIFE_KEYS,
        *PATH_KEYS,
        Binding("H", "history", tr("show history"), show=False, tooltip=tr("Go back to the history of its image")),
        Binding("n", "next_match(1)", tr("next"), show=False, tooltip=tr("Go to the next match of the filter")),
        Binding(
            "N", "next_match(-1)", tr("previous"), show=False, tooltip=tr("Go to the previous match of the filter")
        ),
        COPY_KEY,
        Binding(
            "Y", "copy_more", tr("copy log"), show=False, tooltip=tr("Copy the log, or the lines that match the filter")
        ),
        Binding("r", "refresh", tr("refresh"), show=False),
        *numbered("tab", TABS),
    ]

    def __init__(self, container: str, *, start: bool = False) -> None:
        super().__init__()
        self._start = start
        self.finder = Finder(
            lambda bar: self.mount(bar, before=self.query_one(KeyBar)),
            self._narrow,
            lambda *_: self._frame.focus_tab(),
            lambda: self.host.memory,
        )
        self.results = ContainerTabs(
            self, lambda: self.finder.pattern("layer"), lambda found, of: self.finder.show_found("layer", found, of)
        )
        self.watching = ContainerWatch(self, self.results, container, first_seen=self._first_seen, gone=self._gone)
        self.acting = ContainerActions(self, self.watching, self._entry)
        about = LifeActions(self, lambda: self.watching.container, self._life_changed).actions()
        about |= PathActions(self, lambda: self.watching.container, self._entry, self._layer_changed).actions()
        about["rename"] = Action(about["rename"].run, self._no_rename)  # its key is that of a path's rename too
        self.offer({name: self._once_known(action) for name, action in about.items()})
        self.offer(self.acting.actions())
        self.offer(CopyActions(self).actions())
        self.offer(
            {
                "find": Action(self._find, self._no_filter),
                "next_match": Action(self._next_match, self._no_match),
                "tab": Action(self._go_to),
            }
        )

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield LifeLine()
        yield LoadLine()
        yield TabFrame(
            TABS,
            NamespacesView(id="namespaces"),
            MountList(id="mounts"),
            FileTree(id="layer"),
            ProcessList(id="processes"),
            LogList(id="logs"),
        )
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(HeaderLine).subject = self.watching.name
        self.query_one("#namespaces").focus()
        self.watching.refresh()
        self.set_interval(EVERY, self._measure)
        self.set_interval(EVERY, self.query_one(LifeLine).tick)

    def on_unmount(self) -> None:
        self.unfollow()

    def show_undone(self, _engine: str) -> None:
        """An act was taken back."""
        self.watching.refresh()

    def _measure(self) -> None:
        if self.is_current:
            self.watching.measure()

    def _first_seen(self) -> None:
        if self._start and not self.watching.alive:
            self.acting.start()

    def _gone(self, error: Exception) -> None:
        self.show_error(error)
        self.dismiss(None)

    # -- what the actions are about

    @property
    def _frame(self) -> TabFrame:
        return self.query_one(TabFrame)

    @property
    def _tab(self) -> str:
        return (self._frame.current or "") if self.is_mounted else ""

    def _entry(self) -> Entry | None:
        """What the cursor is on in the writable layer."""
        return self.query_one(FileTree).entry if self._tab == "layer" else None

    def _once_known(self, action: Action) -> Action:
        def refusal() -> str:
            return action.refusal() if self.watching.container is not None else NOT_KNOWN

        return Action(action.run, refusal)

    def _no_rename(self) -> str:
        return tr("the cursor is on a path") if self._entry() is not None else ""

    def _life_changed(self, container: Container, _engine: str) -> None:
        self.watching.renamed(container.name)

    def _layer_changed(self, _container: Container, path: str, _engine: str) -> None:
        self.query_one(FileTree).want(path)
        self.watching.refresh()

    # -- tabs

    def _go_to(self, tab: str) -> None:
        self._frame.go_to(tab)

    @on(TabFrame.Changed)
    def _tab_turned(self) -> None:
        """The find bar was for the tab before; what it found there stays."""
        if self.query(FindBar):
            self.finder.close()
            self._frame.focus_tab()
        self._show_pattern()
        self.refresh_bindings()

    @on(FileTree.Ordered)
    def _ordered(self) -> None:
        self.results.show_layer_again()

    @on(RowList.Chosen, "#layer")
    def _path_chosen(self) -> None:
        if (path := self.query_one(FileTree).path) is not None:
            self.acting.open_contents(path)

    @on(RowList.Chosen, "#logs")
    def _log_chosen(self) -> None:
        from layertui.tui.screens.container.container_log import ContainerLog
        from layertui.tui.screens.container.log_screen import LogScreen

        if (container := self.watching.container) is not None:
            self.app.push_screen(LogScreen(ContainerLog(container.id, container.name)).on_engine(self.engine))

    # -- the filter

    def _no_filter(self) -> str:
        return "" if self._tab in FILTERED else tr("the filter is for the writable layer, processes and logs")

    def _no_match(self) -> str:
        if refusal := self._no_filter():
            return refusal
        rows = self.query_one(f"#{self._tab}")
        if isinstance(rows, FileTree) and self.finder.pattern("layer") is None:
            return tr("there is no filter whose next match to go to: {find} sets one", find=key_name("find", "/"))
        return "" if isinstance(rows, RowList) and rows.count else tr("no match here")

    def _find(self) -> None:
        self.finder.open(self._tab, FILTERED[self._tab])

    def _next_match(self, by: int) -> None:
        step(self.query_one(f"#{self._tab}"), by)

    def _narrow(self, tab: str, pattern: Pattern | None) -> tuple[int, int] | None:
        rows = self.query_one(f"#{tab}")
        found = None
        if isinstance(rows, ProcessList | LogList):
            found = rows.narrow(pattern)
        elif isinstance(rows, FileTree):
            if pattern is None:
                rows.keep_in_sight()
            self.results.show_layer_again()
        self._show_pattern()
        return found

    def _show_pattern(self) -> None:
        pattern = self.finder.pattern(self._tab)
        set_subtitle(self._frame, pattern.label if pattern is not None else "")

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self.finder.typed(event.text)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        self.finder.bar_closed(keep=event.keep)

    def action_back(self) -> None:
        """Show all rows again, stop the job, or go back."""
        if not self.finder.clear(self._tab):
            super().action_back()
