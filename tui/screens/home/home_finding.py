"""The filter of home: the bar, and what is typed into it, in whichever pane it was called from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.tui.common.format import count_text
from layertui.tui.screens.home.home_actions import HomeActions
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.column_table import Table
from layertui.tui.widgets.lists.container_table import ContainerTable
from layertui.tui.widgets.lists.image_table import ImageTable
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.tui.widgets.forms.find_bar import FindBar

FINDABLE = ("images", "containers", "layers", "files")


class HomeFinding(HomeActions):
    """Opens the bar, narrows the pane while letters come, steps from find to find."""

    _finding = ""
    """The pane that the bar was opened for."""

    @property
    def find_bar(self) -> FindBar | None:
        """The bar, while it is there."""
        from layertui.tui.widgets.forms.find_bar import FindBar

        return next(iter(self.query(FindBar)), None)

    def action_find(self) -> None:
        from layertui.tui.widgets.forms.find_bar import FindBar

        if self.pane not in FINDABLE or self.find_bar is not None:
            return
        pattern = self.patterns.get(self.pane)
        self._finding = self.pane
        self.mount(FindBar(self.pane, pattern.typed if pattern else ""), after=self.panes)

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        bar = self.find_bar
        try:
            pattern = Pattern.of(event.text)
        except re.error as error:
            if bar is not None:
                bar.show_count(f"incomplete regular expression: {error.msg}")
            return
        self._narrow(self._finding, pattern)

    def _narrow(self, pane: str, pattern: Pattern | None) -> None:
        self.patterns[pane] = pattern
        if pane == "files":
            self.show_view()
            return
        rows = self.query_one(f"#{pane}")
        assert isinstance(rows, ImageTable | ContainerTable | LayerList)
        shown, of = rows.narrow(pattern)
        if (bar := self.find_bar) is not None:
            bar.show_count(f"{count_text(shown)} of {count_text(of)}")

    def view_shown(self) -> None:
        if (bar := self.find_bar) is not None and self.pane == "files" and self.files.view is not None:
            found = self.files.found if self.patterns.get("files") is not None else None
            of = count_text(len(self.files.view))
            bar.show_count(f"{of} entries" if found is None else f"{count_text(found)} of {of}")

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        rows = self.query_one(f"#{self._finding}", RowList)
        if not event.keep:
            self._narrow(self._finding, None)
        elif isinstance(rows, Table):
            rows.keep()
        self.set_focus(rows)  # first, or Textual gives it to some other pane on the way
        rows.post_message(RowList.Moved(rows, rows.cursor))  # what was found is looked at now
        self.take_bar_away()

    def take_bar_away(self) -> None:
        """It is done, or another pane is looked at: what it found stays."""
        if (bar := self.find_bar) is not None:
            bar.remove()

    def action_next_match(self, by: int) -> None:
        rows = self.query_one(f"#{self.pane}")
        if isinstance(rows, ImageTable | ContainerTable | LayerList | FileTree):
            rows.next_match(by)

    def _has_rows(self, pane: str) -> bool:
        """Whether there is anything to filter, or something is filtered out."""
        if pane == "files":
            return self.files.view is not None
        rows = self.query_one(f"#{pane}")
        return isinstance(rows, ImageTable | ContainerTable | LayerList) and bool(rows.rows or rows.pattern)
