"""The packages that differ as a table: kind and name, the versions on the left and on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.compare.config_table import GLYPHS
from layertui.tui.widgets.lists.by_column import ByColumn
from layertui.tui.widgets.text.pieces import Pieces, fit

if TYPE_CHECKING:
    from layertui.core.analysis.packages.package_changes import PackageChange, PackageChanges
    from layertui.tui.widgets.text.text_match import Pattern

_OPS = {"added": "only_b", "removed": "only_a", "modified": "changed"}


class PackageTable(ByColumn):
    """The packages that were added, removed, or are of another version."""

    TITLE_OF_KEYS = tr("Packages that differ")

    SORTS: ClassVar = (None, lambda change: change.before, lambda change: change.after)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.changes: list[PackageChange] = []
        self._all: tuple[PackageChange, ...] = ()
        self._names = ("", "")
        self._note = ""
        self._pattern: Pattern | None = None
        self.head_height = 1

    def say(self, note: str) -> None:
        """Show no packages, but why."""
        self._all, self._note = (), safe(note)
        self.filter(self._pattern)

    def show(self, found: PackageChanges, names: tuple[str, str]) -> None:
        """Show what differs; a database that was not read is named in the head."""
        self._all, self._names = found.changes, names
        more = tr(", and {problems:,} more", problems=len(found.problems) - 1) if len(found.problems) > 1 else ""
        self._note = (
            tr("not read: {problems}{more}", problems=safe(found.problems[0]), more=more) if found.problems else ""
        )
        self.filter(self._pattern)

    def filter(self, wanted: Pattern | None) -> None:
        """Show only packages whose name or version matches."""
        self._pattern = wanted
        self.changes = self.in_order(one for one in self._all if wanted is None or any(map(wanted.fits, _texts(one))))
        self.show_count(len(self.changes), cursor=0)

    def sort_again(self) -> None:
        current = self.changes[self.cursor] if self.changes else None
        self.filter(self._pattern)
        self.cursor = self.changes.index(current) if current is not None else 0

    def to_copy(self) -> str | None:
        """The name of the package under the cursor."""
        return safe(self.changes[self.cursor].name) if self.changes else None

    def draw_head(self, line: int, width: int) -> Pieces:
        """The two names above their columns; or why there is nothing."""
        if not self._all:
            return [(f"   {self._note or tr('no package differs')}", "dim")]
        name, half = _widths(width)
        return [
            (fit("   " + tr("package"), name), "title"),
            (fit(self.titled(1, self._names[0]), half) + "  ", "removed strong"),
            (fit(self.titled(2, self._names[1]), half), "added strong"),
            (f"  {self._note}" if self._note else "", "changed"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A package and its versions on each side."""
        change = self.changes[index]
        glyph, word = GLYPHS[_OPS[change.change]]
        name, half = _widths(width)
        before, after = (", ".join(map(safe, side)) or "–" for side in (change.before, change.after))
        return [
            (f" {glyph} ", f"{word} strong"),
            (fit(f"{change.kind} ", 7), "dim"),
            (fit(safe(change.name), name - 11) + " ", "strong"),
            (fit(before, half), word if change.before else "dim"),
            ("  ", ""),
            (fit(after, half), word if change.after else "dim"),
        ]


def _texts(change: PackageChange) -> list[str]:
    return [f"{change.kind} {change.name}", *change.before, *change.after]


def _widths(width: int) -> tuple[int, int]:
    name = max(24, min(48, width * 2 // 5))
    return name, max(4, (width - name - 2) // 2)
