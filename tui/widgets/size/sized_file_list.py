"""Files by size: size, layer and path, a line each; those that upper layers hide say which one hides them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, fit, fit_left, right

if TYPE_CHECKING:
    from layertui.core.analysis.files_by_size import FilesBySize, SizedFile

_SIZE, _LAYER = 9, 7
_BLOCK = 256  # rows that are made at once
_KEPT = 16  # blocks


class SizedFileList(RowList):
    """Rows of a FilesBySize, of which only those in sight are made."""

    TITLE_OF_KEYS = tr("Files by size")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("to Files"), tooltip=tr("Show it in Files on home")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head_height = 1
        self.files: FilesBySize | None = None
        self._own: int | None = None
        self._blocks: dict[int, list[SizedFile]] = {}

    def show_files(self, files: FilesBySize, own_number: int | None) -> None:
        """Show these; the cursor goes to the largest. `own_number` is the number of a container's writable layer."""
        self.files, self._own = files, own_number
        self._blocks.clear()
        self.show_count(len(files), cursor=0)

    def row(self, index: int) -> SizedFile:
        """The file on a row."""
        assert self.files is not None
        number, at = divmod(index, _BLOCK)
        if number not in self._blocks:
            if len(self._blocks) >= _KEPT:
                self._blocks.clear()
            self._blocks[number] = self.files.rows(number * _BLOCK, (number + 1) * _BLOCK)
        return self._blocks[number][at]

    @property
    def current(self) -> SizedFile | None:
        """The file under the cursor."""
        return self.row(self.cursor) if 0 <= self.cursor < self.count else None

    def to_copy(self) -> str | None:
        row = self.current
        return None if row is None else row.path

    def next_match(self, by: int) -> None:
        """All visible rows match; the next one, cyclically."""
        if self.count:
            self.cursor = (self.cursor + by) % self.count

    def draw_head(self, line: int, width: int) -> Pieces:
        return [(fit(right(tr("size"), _SIZE) + right(tr("layer"), _LAYER) + "  " + tr("path"), width), "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        row = self.row(index)
        is_own = row.layer == self._own
        note = tr(" hidden by {layer_text}", layer_text=self._layer_text(row.hidden_by)) if row.hidden_by else ""
        room = max(4, width - _SIZE - _LAYER - 2 - cell_len(note))
        return [
            (right(size(row.size), _SIZE), "strong"),
            (right(self._layer_text(row.layer), _LAYER) + "  ", "own" if is_own else "dim"),
            # Of a long path the end says which file it is.
            (fit_left(safe(row.path), room), "dim" if row.hidden_by else ""),
            (note, "removed"),
        ]

    def _layer_text(self, layer: int) -> str:
        return "✎" if layer == self._own else str(layer)
