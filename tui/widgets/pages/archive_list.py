"""The entries of an archive that is a file of an image, with a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, mode_text, mtime_text, safe, size
from layertui.tui.widgets.lists.list_filter import Narrowing
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.analysis.file_facts.archive_values import ArchiveEntry, ArchiveListing
    from layertui.tui.widgets.text.text_match import Pattern


class ArchiveList(Narrowing["ArchiveEntry"]):
    """The entries in their order in the archive, or those that match a filter; Enter opens one."""

    TITLE_OF_KEYS = tr("Archive")

    OPENS = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("open"), tooltip=tr("Open the entry as a file; an archive is listed in turn")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._format = ""

    def text_of(self, item: ArchiveEntry) -> str:
        """As in Files: the path, with a slash before it, for a pattern with a slash; otherwise the name."""
        path = item.name.removeprefix("./").strip("/")
        is_path = self.pattern is not None and self.pattern.whole_path
        return f"/{path}" if is_path else path.rpartition("/")[2]

    def show_listing(self, listing: ArchiveListing) -> None:
        """Show the entries of an archive, from the first."""
        self._format = listing.format
        self.show(())
        self.show(listing.entries)
        self._show_sums()

    def clear(self) -> None:
        """Show no entries, without a filter."""
        self.pattern = None
        self.show(())

    def narrow(self, pattern: Pattern | None) -> tuple[int, int]:
        """Show only entries that match; returns how many do, of how many."""
        found = super().narrow(pattern)
        self._show_sums()
        return found

    def next_file(self, by: int) -> ArchiveEntry | None:
        """Put the cursor on the next or previous regular file among the rows; None if there is none."""
        rows = range(self.cursor + 1, self.count) if by > 0 else range(self.cursor - 1, -1, -1)
        row = next((row for row in rows if self.item_at(row).kind.word == "file"), None)
        if row is None:
            return None
        self.cursor = row
        return self.current

    def _show_sums(self) -> None:
        """In the frame: the format, and how many entries and bytes are shown."""
        shown = [self.item_at(row) for row in range(self.count)]
        bytes_of = sum(one.size or 0 for one in shown)
        of = tr(" of {items}", items=count_text(len(self.items))) if self.pattern is not None else ""
        label = f"{self.pattern.label} · " if self.pattern is not None else ""
        entries = tr("entry") if len(self.items) == 1 else tr("entries")
        self.border_subtitle = tr(
            "{label}{format} · {count}{of} {entries} · {size} unpacked",
            label=label,
            format=safe(self._format),
            count=count_text(self.count),
            of=of,
            entries=entries,
            size=size(bytes_of),
        )

    def to_copy(self) -> str | None:
        entry = self.current
        return None if entry is None else entry.name

    def draw_head(self, line: int, width: int) -> Pieces:
        return [
            (fit(" " + tr("mode"), 11), "title"),
            (right(tr("size"), 9), "title"),
            *_time(tr("time"), width, "title"),
            (" " + tr("name"), "title"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        entry = self.item_at(index)
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
