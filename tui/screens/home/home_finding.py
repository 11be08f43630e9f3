"""The filters of home: which panes have one, and how each is narrowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.finding import Finder, step
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.lists.column_table import Table
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.tui.screens.home.home_panes import HomePanes
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.forms.find_bar import FindBar
    from layertui.tui.widgets.text.text_match import Pattern

PANES = {"images": tr("images"), "containers": tr("containers"), "layers": tr("layers"), "files": tr("files")}
"""The panes that can be filtered, and what the find bar calls them."""


class HomeFinding:
    """The part of home that narrows a pane and steps through what fits."""

    def __init__(self, screen: InspectorScreen[Any], panes: HomePanes, show_files: Callable[[], None]) -> None:
        """`show_files` shows the files that fit the pattern of `files`, once a job has found them."""
        self._screen = screen
        self._panes = panes
        self._show_files = show_files
        self.finder = Finder(self._mount, self._narrow, self._closed, lambda: screen.host.memory)

    def actions(self) -> dict[str, Action]:
        """What `/`, `n` and `N` name."""
        return {
            "find": Action(self._open, lambda: self._refusal(tr("filter"))),
            "next_match": Action(
                lambda by: step(self._panes.lists.get(self._panes.focused), by), lambda: self._refusal(tr("next match"))
            ),
        }

    def _open(self) -> None:
        pane = self._panes.focused
        self.finder.open(pane, PANES[pane])

    def clear(self) -> bool:
        """Show all rows of the pane that is looked at again; False if it was not filtered."""
        pane = self._panes.focused
        if pane == "files" and self.finder.pattern(pane) is not None:
            self._panes.files.keep_in_sight()
        return self.finder.clear(pane)

    def leave(self, pane: str) -> None:
        """Another pane is looked at than the one that the bar was opened for."""
        if pane != self.finder.target:
            self.finder.close()

    def _refusal(self, what: str) -> str:
        pane = self._panes.focused
        rows = self._panes.lists.get(pane)
        if rows is None:
            return tr(
                "{what} is for images, containers, layers and files: {images}, {containers}, {layers} and {files} lead to them",
                what=what,
                images=key_name("pane('images')", "1"),
                containers=key_name("pane('containers')", "2"),
                layers=key_name("pane('layers')", "3"),
                files=key_name("pane('files')", "4"),
            )
        if pane == "files":
            has_rows = self._panes.files.view is not None
        else:
            assert isinstance(rows, Table | LayerList)
            has_rows = bool(rows.rows or rows.pattern)
        return "" if has_rows else tr("{what} needs rows, and there are no {pane} here", what=what, pane=PANES[pane])

    def _mount(self, bar: FindBar) -> None:
        self._screen.mount(bar, before=self._screen.query_one(KeyBar))

    def _narrow(self, pane: str, pattern: Pattern | None) -> tuple[int, int] | None:
        rows = self._panes.lists[pane]
        if isinstance(rows, Table | LayerList):
            return rows.narrow(pattern)
        self._show_files()
        return None

    def _closed(self, pane: str, keep: bool) -> None:
        rows = self._panes.lists[pane]
        if keep and isinstance(rows, Table):
            rows.keep()
        self._screen.set_focus(rows)
        rows.post_message(RowList.Moved(rows, rows.cursor))  # what was found is looked at now
