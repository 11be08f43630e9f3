"""The filter of a container's screen: its own layer, its processes, its logs, narrowed while letters come."""

from __future__ import annotations

import re

from textual import on

from layertui.tui.common.format import count_text
from layertui.tui.screens.container.container_state import ContainerState
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList, ProcessList
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.forms.find_bar import FindBar
from layertui.tui.widgets.text.pane_frame import tell_below
from layertui.tui.widgets.text.text_match import Pattern

FINDABLE = {"layer": "writable layer", "processes": "processes", "logs": "logs"}


class ContainerFinding(ContainerState):
    """Opens the bar, narrows the tab that shows, steps from find to find."""

    _finding = ""
    """The tab that the bar was opened for."""

    @property
    def shown(self) -> str:
        """The tab that shows."""
        return (self.query_one(TabFrame).current or "") if self.is_mounted else ""

    def may_find(self, action: str) -> bool | None:
        """Whether the tab can be narrowed; None for other actions."""
        return self.shown in FINDABLE if action in ("find", "next_match") else None

    def action_find(self) -> None:
        """Ask for the text."""
        if self.shown not in FINDABLE or self.query(FindBar):
            return
        self._finding = self.shown
        pattern = self.patterns.get(self._finding)
        bar = FindBar(FINDABLE[self._finding], pattern.typed if pattern else "")
        self.mount(bar, before=self.query_one(KeyBar))

    @on(FindBar.Typed)
    def _find_typed(self, event: FindBar.Typed) -> None:
        try:
            self._narrow(self._finding, Pattern.of(event.text))
        except re.error as error:
            self._count(f"incomplete regular expression: {error.msg}")

    @on(FindBar.Closed)
    def _find_closed(self, event: FindBar.Closed) -> None:
        if not event.keep:
            self._narrow(self._finding, None)
        self.query(FindBar).remove()
        self.query_one(TabFrame).focus_tab()

    @on(TabFrame.Turned)
    def _tab_turned(self) -> None:
        """The bar was for the tab before; what it found there stays."""
        if self.query(FindBar):
            self.query(FindBar).remove()
            self.query_one(TabFrame).focus_tab()
        self._tell_pattern()
        self.refresh_bindings()

    def action_next_match(self, by: int) -> None:
        """The next row that fits, or the one before."""
        rows = self.query_one(f"#{self.shown}")
        if isinstance(rows, FileTree | ProcessList | LogList):
            rows.next_match(by)

    def _narrow(self, tab: str, pattern: Pattern | None) -> None:
        self.patterns[tab] = pattern
        rows = self.query_one(f"#{tab}")
        if isinstance(rows, ProcessList | LogList):
            shown, of = rows.narrow(pattern)
            self._count(f"{count_text(shown)} of {count_text(of)}")
        elif isinstance(rows, FileTree) and self.own_layer is not None:
            if pattern is None:
                rows.keep_in_sight()
            self.show_layer(self.own_layer)
        self._tell_pattern()

    def layer_shown(self) -> None:
        """How many entries of it fit."""
        tree = self.query_one(FileTree)
        if self._finding == "layer" and tree.view is not None and tree.found is not None:
            self._count(f"{count_text(tree.found)} of {count_text(len(tree.view))}")

    def _count(self, text: str) -> None:
        for bar in self.query(FindBar):
            bar.show_count(text)

    def _tell_pattern(self) -> None:
        pattern = self.patterns.get(self.shown)
        tell_below(self.query_one(TabFrame), pattern.told if pattern is not None else "")

    def action_back(self) -> None:
        """Show all rows again, stop the job, or go back."""
        if self.patterns.get(self.shown) is not None:
            self._narrow(self.shown, None)
        else:
            super().action_back()
