"""Files that were found: image, path, size and layer; hidden versions are marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, fit_left, right

_SIZE, _LAYER = 9, 6


class FoundRow(NamedTuple):
    """One file in one image."""

    image: str
    """A name that opens the image."""
    engine: str
    """The engine that has it; empty: the default one, or a file."""
    local: str
    """The image's name or ID in its engine."""
    path: str
    is_folder: bool
    size: int
    layer: int
    visible: bool
    """False for a version that the image does not show."""


class FoundList(RowList):
    """Rows that come while the search goes on; the cursor stays."""

    TITLE_OF_KEYS = tr("Found files")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head_height = 1
        self.rows: list[FoundRow] = []
        self.of_one_image = True

    def clear_rows(self, *, of_one_image: bool) -> None:
        """Start with an empty list; with `of_one_image` the image has no column."""
        self.rows, self.of_one_image = [], of_one_image
        self.show_count(0, cursor=0)

    def add_rows(self, rows: Sequence[FoundRow]) -> None:
        self.rows.extend(rows)
        self.show_count(len(self.rows))

    @property
    def current(self) -> FoundRow | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def to_copy(self) -> str | None:
        row = self.current
        return None if row is None else row.path

    def more_to_copy(self) -> str | None:
        row = self.current
        return None if row is None else f"{row.image}:{row.path}"

    def _image_width(self, width: int) -> int:
        return 0 if self.of_one_image else min(max(16, width // 4), 40)

    def draw_head(self, line: int, width: int) -> Pieces:
        image = self._image_width(width)
        text = " " + (fit(tr("image"), image) + " " if image else "") + tr("path")
        return [(fit(text, width - _SIZE - _LAYER) + right(tr("size"), _SIZE) + right(tr("layer"), _LAYER), "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        row, image = self.rows[index], self._image_width(width)
        note = "" if row.visible else " " + tr("hidden")
        room = width - _SIZE - _LAYER - cell_len(note) - (image + 2 if image else 1)
        path = safe(row.path) + ("/" if row.is_folder else "")
        shown = "" if row.is_folder else size(row.size)
        style = "" if row.visible else "dim"
        pieces: list[Piece] = [(f" {fit(safe(row.image), image)} ", "dim")] if image else [(" ", "")]
        # Of a long path the end says which file it is.
        pieces.append((fit_left(path, room), style))
        pieces.append((note, "removed"))
        pieces.append((right(shown, _SIZE) + right(str(row.layer), _LAYER), "dim"))
        return pieces
