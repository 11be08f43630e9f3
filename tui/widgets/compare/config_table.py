"""The differences between two configs as a table: field, left, right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.compare.history_rows import marked_words
from layertui.tui.widgets.lists.by_column import ByColumn
from layertui.tui.widgets.text.pieces import Piece, Pieces, crop, fit
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_configs import ConfigDifference


@dataclass(frozen=True, slots=True)
class Difference:
    """One row: a field, a variable or a label. None: that side lacks it."""

    field: str
    a: str | None
    b: str | None
    meaning: str = ""

    @property
    def op(self) -> str:
        """Which side has it."""
        if self.a is None:
            return "only_b"
        return "only_a" if self.b is None else "changed"

    @property
    def texts(self) -> list[str]:
        """The texts that a filter searches."""
        return [text for text in (self.field, self.a, self.b) if text is not None]


def value_text(value: Any) -> str | None:
    """A config value on one line; lists and objects as JSON, as in the config itself."""
    if value is None:
        return None
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, Mapping):
        value = dict(value)
    elif isinstance(value, Sequence):
        value = list(value)
    return safe(json.dumps(value, ensure_ascii=False, default=str))


def differences_of(config: Iterable[ConfigDifference]) -> list[Difference]:
    """The rows, each field named as in a Dockerfile: `ENV PATH`, `CMD`."""
    return [Difference(safe(one.name), value_text(one.a), value_text(one.b), one.meaning) for one in config]


WITH_MEANING = 150
"""The width in cells from which each row shows its meaning; otherwise only the details do."""

GLYPHS = {"only_a": ("-", "removed"), "only_b": ("+", "added"), "changed": ("~", "changed")}


class ConfigTable(ByColumn):
    """The keys of two configs that differ, each with its two values."""

    TITLE_OF_KEYS = tr("Config that differs")

    SORTS: ClassVar = (None, lambda row: row.a or "", lambda row: row.b or "")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names = ("", "")
        self.differences: list[Difference] = []
        self._all: list[Difference] = []
        self._pattern: Pattern | None = None
        self.head_height = 1

    def show(self, config: Iterable[ConfigDifference], names: tuple[str, str]) -> None:
        """Show the differences between two configs."""
        self.names = names
        self._all = differences_of(config)
        self.filter(None)

    def filter(self, wanted: Pattern | None) -> None:
        """Show only rows whose field or value matches."""
        self._pattern = wanted
        self.differences = self.in_order(row for row in self._all if wanted is None or any(map(wanted.fits, row.texts)))
        self.show_count(len(self.differences), cursor=0)

    def sort_again(self) -> None:
        current = self.differences[self.cursor] if self.differences else None
        self.filter(self._pattern)
        self.cursor = self.differences.index(current) if current is not None else 0

    def to_copy(self) -> str | None:
        """The value of the second side, or of the first if that has none."""
        row = self.differences[self.cursor] if self.differences else None
        return (row.b if row.b is not None else row.a) if row is not None else None

    def draw_head(self, line: int, width: int) -> Pieces:
        """The two names above their columns."""
        name, half = _widths(width)
        if not self._all:
            return [(tr("   the configs are the same"), "dim")]
        return [
            (fit("   " + tr("field"), name), "title"),
            (fit(self.titled(1, self.names[0]), half) + "  ", "removed strong"),
            (fit(self.titled(2, self.names[1]), half), "added strong"),
            (tr("  what it means") if width >= WITH_MEANING else "", "title"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A field and its value on each side."""
        row = self.differences[index]
        glyph, word = GLYPHS[row.op]
        name, half = _widths(width)
        return [
            (f" {glyph} ", f"{word} strong"),
            (fit(row.field, name - 4) + " ", "strong"),
            *_value(row.a, row.b, word, half),
            ("  ", ""),
            *_value(row.b, row.a, word, half),
            (f"  {row.meaning}" if width >= WITH_MEANING else "", "dim"),
        ]


def _value(value: str | None, other: str | None, word: str, width: int) -> list[Piece]:
    """One side's value; the words that differ are emphasised, and the first of them is visible."""
    if value is None:
        return [(fit("–", width), "dim")]
    return crop(marked_words(value, other, word, width) if other is not None else [(value, word)], width)


def _widths(width: int) -> tuple[int, int]:
    name = max(18, min(34, width // 4))
    meaning = width * 3 // 10 if width >= WITH_MEANING else 0
    return name, max(4, (width - name - meaning - 2) // 2)
