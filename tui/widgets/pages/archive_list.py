"""The entries of an archive that is a file of an image, with a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from layertui.tui.common.format import mode_text, mtime_text, safe, size
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.analysis.file_facts.archive_values import ArchiveEntry, ArchiveListing


class ArchiveList(RowList):
    """The entries in their order in the archive; Enter opens one."""

    TITLE_OF_KEYS = "Archive"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open", tooltip="Open the entry as a file; an archive is listed in turn"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head_height = 1
        self.entries: tuple[ArchiveEntry, ...] = ()

    def show_listing(self, listing: ArchiveListing) -> None:
        """Show the entries of an archive, from the first."""
        self.entries = listing.entries
        self.show_count(len(self.entries), cursor=0)

    @property
    def current(self) -> ArchiveEntry | None:
        """The entry under the cursor."""
        return self.entries[self.cursor] if 0 <= self.cursor < len(self.entries) else None

    def to_copy(self) -> str | None:
        entry = self.current
        return None if entry is None else entry.name

    def draw_head(self, line: int, width: int) -> Pieces:
        del line
        return [
            (" mode      ", "title"),
            (right("size", 9), "title"),
            *_time("time", width, "title"),
            (" name", "title"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        entry = self.entries[index]
        mode = mode_text(entry.kind, entry.mode or 0)
        link: list[Piece] = [(f" → {safe(entry.link)}", "dim")] if entry.link else []
        is_file = entry.kind.word == "file"
        return [
            (f" {mode}", "dim"),
            (right("" if entry.size is None else size(entry.size), 9), "" if is_file else "dim"),
            *_time("" if entry.mtime is None else mtime_text(entry.mtime), width, "dim"),
            (f" {safe(entry.name)}", "" if is_file else "base"),
            *link,
        ]


def _time(text: str, width: int, word: str) -> list[Piece]:
    """The column of times, if there is room."""
    return [(" " + fit(text, 16), word)] if width >= 80 else []
