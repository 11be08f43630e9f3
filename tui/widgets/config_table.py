"""What two configs differ in, as a table: field, left, right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layertui.tui.format import safe
from layertui.tui.widgets.pieces import Pieces, fit
from layertui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.images.compare import ConfigDifference

# What it means that a field differs, for those where it is not plain to everybody.
MEANINGS = {
    "cmd": "the command that runs when none is given",
    "entrypoint": "runs in front of the command",
    "env": "variables of the process",
    "user": "whom the process runs as",
    "working_dir": "where the process starts",
    "labels": "notes on the image; nothing runs differently",
    "exposed_ports": "ports the image says it listens on; opens none by itself",
    "volumes": "folders kept outside of the container's own layer",
    "stop_signal": "the signal that asks the process to end",
    "healthcheck": "the command that says whether the container is well",
    "architecture": "processors it runs on",
    "os": "systems it runs on",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row: a field, or one variable or label of it."""

    field: str
    a: str | None
    b: str | None

    @property
    def op(self) -> str:
        """Which side has it."""
        if self.a is None:
            return "only_b"
        return "only_a" if self.b is None else "changed"

    @property
    def meaning(self) -> str:
        """What the field is for; empty where its name says it."""
        return MEANINGS.get(self.field.partition(" ")[0].casefold(), "")


def value_text(value: Any) -> str | None:
    """A config value on one line; lists and objects as JSON, which is how they are written in a config."""
    if value is None or value in ("", (), [], {}):
        return None
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, Mapping):
        value = dict(value)
    elif isinstance(value, Sequence):
        value = list(value)
    return safe(json.dumps(value, ensure_ascii=False, default=str))


def differences_of(config: Iterable[ConfigDifference]) -> list[Difference]:
    """The rows: variables and labels one by one, all else field by field."""
    rows: list[Difference] = []
    for difference in config:
        a, b = _parts(difference.a), _parts(difference.b)
        if a is None or b is None:
            rows.append(Difference(safe(difference.field), value_text(difference.a), value_text(difference.b)))
            continue
        rows += [
            Difference(f"{safe(difference.field)} {safe(name)}", a.get(name), b.get(name))
            for name in sorted({*a, *b})
            if a.get(name) != b.get(name)
        ]
    return rows


def _parts(value: Any) -> dict[str, str] | None:
    """A list of NAME=VALUE, or a map, as its parts; None where it is neither."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(name): safe(str(part)) for name, part in value.items()}
    if isinstance(value, (list, tuple)) and all(isinstance(part, str) and "=" in part for part in value):
        pairs = (part.partition("=") for part in value)
        return {name: safe(part) for name, _, part in pairs}
    return None


GLYPHS = {"only_a": ("-", "removed"), "only_b": ("+", "added"), "changed": ("~", "changed")}


class ConfigTable(RowList):
    """The table of differences."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.names = ("", "")
        self.differences: list[Difference] = []
        self._all: list[Difference] = []
        self.head_height = 1

    def show(self, config: Iterable[ConfigDifference], names: tuple[str, str]) -> None:
        """Show what differs between two configs."""
        self.names = names
        self._all = differences_of(config)
        self.filter("")

    def filter(self, text: str) -> None:
        """Leave only the rows that have the text."""
        wanted = text.casefold()
        self.differences = [row for row in self._all if wanted in f"{row.field} {row.a} {row.b}".casefold()]
        self.show_count(len(self.differences), cursor=0)

    def draw_head(self, line: int, width: int) -> Pieces:
        """The two names above their columns."""
        del line
        name, half = _widths(width)
        if not self._all:
            return [("   the configs are the same", "dim")]
        return [
            (fit("   field", name), "title"),
            (fit(self.names[0], half), "removed strong"),
            ("  ", ""),
            (fit(self.names[1], half), "added strong"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A field and its value on each side."""
        row = self.differences[index]
        glyph, word = GLYPHS[row.op]
        name, half = _widths(width)
        return [
            (f" {glyph} ", f"{word} strong"),
            (fit(row.field, name - 4) + " ", "strong"),
            (fit(row.a or "–", half), word if row.a else "dim"),
            ("  ", ""),
            (fit(row.b or "–", half), word if row.b else "dim"),
        ]


def _widths(width: int) -> tuple[int, int]:
    name = max(18, min(34, width // 4))
    return name, max(4, (width - name - 2) // 2)


def difference_lines(row: Difference, names: tuple[str, str]) -> list[Pieces]:
    """Both values in full, for the details below the table."""
    lines: list[Pieces] = [[(row.field, "strong"), (f"  {row.meaning}" if row.meaning else "", "dim")]]
    for name, value, word in ((names[0], row.a, "removed"), (names[1], row.b, "added")):
        lines.append([(f"{name}: ", "dim"), (value if value is not None else "not set", word if value else "dim")])
    return lines
