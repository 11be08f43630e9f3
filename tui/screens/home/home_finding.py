"""The filter of home: which panes have one, and how each is narrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.tui.common.format import count_text
from layertui.tui.screens.home.home_actions import HomeActions
from layertui.tui.screens.shared.finding import step
from layertui.tui.widgets.lists.column_table import Table
from layertui.tui.widgets.lists.container_table import ContainerTable
from layertui.tui.widgets.lists.image_table import ImageTable
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.tui.widgets.forms.find_bar import FindBar
    from layertui.tui.widgets.text.text_match import Pattern

FINDABLE = ("images", "containers", "layers", "files")


class HomeFinding(HomeActions):
    """Narrows the panes."""

    def action_find(self) -> None:
        if self.pane in FINDABLE:
            self.finder.open(self.pane)

    def action_next_match(self, by: int) -> None:
        step(self.query_one(f"#{self.pane}"), by)

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self.finder.typed(event.text)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        self.finder.bar_closed(keep=event.keep)

    def mount_bar(self, bar: FindBar) -> None:
        self.mount(bar, after=self.panes)

    def narrow_pane(self, pane: str, pattern: Pattern | None) -> tuple[int, int] | None:
        if pane == "files":
            self.show_view()
            return None
        rows = self.query_one(f"#{pane}")
        assert isinstance(rows, ImageTable | ContainerTable | LayerList)
        return rows.narrow(pattern)

    def bar_closed(self, pane: str, keep: bool) -> None:
        rows = self.query_one(f"#{pane}", RowList)
        if keep and isinstance(rows, Table):
            rows.keep()
        self.set_focus(rows)
        rows.post_message(RowList.Moved(rows, rows.cursor))  # what was found is looked at now

    def view_shown(self) -> None:
        view, found = self.files.view, self.files.found
        if view is None:
            return
        if self.finder.pattern("files") is None or found is None:
            self.finder.show_count("files", f"{count_text(len(view))} entries")
        else:
            self.finder.show_found("files", found, len(view))

    def _has_rows(self, pane: str) -> bool:
        """Whether there is anything to filter, or something is filtered out."""
        if pane == "files":
            return self.files.view is not None
        rows = self.query_one(f"#{pane}")
        return isinstance(rows, ImageTable | ContainerTable | LayerList) and bool(rows.rows or rows.pattern)
