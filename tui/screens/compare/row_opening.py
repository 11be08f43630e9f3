"""Enter on a row of a comparison: the files of a step's layers, the two contents of a file, the files of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import field_words
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.files.folder_bars import FolderBars

if TYPE_CHECKING:
    from textual.screen import Screen

    from layertui.tui.screens.compare.comparison_jobs import ComparisonJobs
    from layertui.tui.widgets.lists.row_list import RowList


class RowOpening:
    """Opens rows of the lists of a comparison."""

    def __init__(self, screen: Screen[None], comparison: ComparisonJobs) -> None:
        self._screen = screen
        self._comparison = comparison

    def open(self, rows: RowList, index: int) -> bool:
        """Open a row; False if there is nothing to open."""
        tree = self._screen.query_one(ChangeTree)
        if isinstance(rows, HistoryView):
            return self._files_of_step(rows, tree)
        if isinstance(rows, FolderBars):
            tree.go_to_path(rows.bars[index].path)
            self._screen.query_one(TabFrame).go_to("files")
            return True
        if isinstance(rows, ChangeTree) and rows.change_at(index) is not None:
            self._contents(tree)
            return True
        return False

    def _files_of_step(self, history: HistoryView, tree: ChangeTree) -> bool:
        """Show the files of the step's layers; False for a step without layers."""
        layers = layers_at(history)
        if layers == (None, None):
            return False
        self._comparison.choose_layers(*layers, tree.choice)
        self._screen.query_one(TabFrame).go_to("files")
        return True

    def _contents(self, tree: ChangeTree) -> None:
        """Show the two contents of the file under the cursor; from there the user can go on to the next file."""
        change, report = tree.change_at(tree.cursor), self._comparison.report
        if change is None or report is None or tree.chosen is None:
            return

        def another(by: int | None) -> None:
            if by is not None:
                tree.action_hunk(by)
                self._contents(tree)

        sides = Side(report.a, change.a), Side(report.b, change.b)
        what = ": ".join(filter(None, (KINDS[change.kind], ", ".join(field_words(change.fields)))))
        among = len(tree.chosen.tree.changes)
        self._screen.app.push_screen(ContentScreen(*sides, change.path, what, among=among), another)


KINDS = {"added": tr("added"), "removed": tr("removed"), "modified": tr("changed")}
"""What happened to a path, in words."""


def layers_at(history: HistoryView) -> tuple[int | None, int | None]:
    """The numbers of the layers that the step under the cursor made on the left and on the right side."""
    own = history.own_at(history.cursor)
    if own is not None:
        return (own.number, None) if own.side == "a" else (None, own.number)
    pair = history.pair_at(history.cursor)
    if pair is None:
        return None, None
    return pair.a.number if pair.a is not None else None, pair.b.number if pair.b is not None else None
