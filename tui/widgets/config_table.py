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
    from layertui.core.images.configs import ConfigDifference

# Each field by the word a Dockerfile has for it, and what it is for where that is not plain to everybody.
FIELDS = {
    "cmd": ("CMD", "what runs when no command is given"),
    "entrypoint": ("ENTRYPOINT", "runs in front of the command"),
    "env": ("ENV", "a variable of the process"),
    "user": ("USER", "whom the process runs as"),
    "working_dir": ("WORKDIR", "where the process starts"),
    "labels": ("LABEL", "a note on the image; nothing runs differently"),
    "exposed_ports": ("EXPOSE", "ports it says it listens on; opens none by itself"),
    "volumes": ("VOLUME", "folders kept outside of the container's own layer"),
    "stop_signal": ("STOPSIGNAL", "the signal that asks the process to end"),
    "healthcheck": ("HEALTHCHECK", "the command that says whether the container is well"),
    "on_build": ("ONBUILD", "done when another image is built on this one"),
    "shell": ("SHELL", "runs the commands that are written as plain text"),
    "architecture": ("architecture", "processors it runs on"),
    "os": ("os", "systems it runs on"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row: a field, a variable or a label. None: that side does not have it."""

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


def value_text(value: Any) -> str | None:
    """A config value on one line; lists and objects as JSON, which is how they are written in a config."""
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
    rows: list[Difference] = []
    for difference in config:
        field, _, part = difference.field.partition(".")
        name, meaning = FIELDS.get(field, (safe(field), ""))
        shown = f"{name} {safe(part)}" if part else name
        rows.append(Difference(shown, value_text(difference.a), value_text(difference.b), meaning))
    return rows


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
