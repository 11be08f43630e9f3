"""The layers of an image, top layer first, with the steps that made them and the steps between.

A container's writable layer is first, above a line; everything below that line is read-only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, one_line, safe, size
from layertui.tui.widgets.lists.empty_hint import Advising
from layertui.tui.widgets.lists.row_marks import Marking
from layertui.tui.widgets.text.pane_frame import set_subtitle
from layertui.tui.widgets.text.pieces import Piece, Pieces, right, width_of
from layertui.tui.widgets.text.text_match import Pattern
from layertui.tui.widgets.text.told_apart import differences, fit_apart

COUNTS_FROM, BAR_FROM, LONG_BAR_FROM = 40, 44, 60


class LayerRow(NamedTuple):
    """One line: a container's writable layer, a layer, or a step without one."""

    kind: Literal["own", "line", "layer", "step"]
    number: int
    """The layer's number; for a step without a layer, that of the layer below it (0: there is none)."""
    command: str = ""
    size: int | None = None
    added: int | None = None
    modified: int | None = None
    removed: int | None = None
    missing: str = ""
    """A placeholder for the command, if none was recorded."""

    @property
    def changed(self) -> bool | None:
        """Whether the layer changes anything; None while unknown."""
        if self.added is None:
            return None
        return bool(self.added or self.modified or self.removed)


LINE = LayerRow("line", 0)


class LayerList(Marking, Advising):
    """Number, size with a bar of its share, command, and the numbers of added, changed and removed paths."""

    TITLE_OF_KEYS = tr("Layers")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("files"), tooltip=tr("Show the files as of this layer")),
        Binding("o", "order", tr("order"), show=False, tooltip=tr("Sort by size, or as the layers are stacked")),
        Binding("z", "steps", tr("steps"), show=False, tooltip=tr("Show or hide steps without a layer")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.all_rows: tuple[LayerRow, ...] = ()
        self.rows: tuple[LayerRow, ...] = ()
        self.with_steps = True
        self.by_size = False
        """The largest layer first, without the steps between; otherwise the top layer first."""
        self.pattern: Pattern | None = None
        self.waiting = ""
        self.of = ""
        """The name of the image or container whose layers these are."""
        self._largest = 1
        self._digits = 2
        self._texts: dict[LayerRow, tuple[str, int]] = {}
        """What is shown of each command, and how many of its first characters another one has too."""

    # -- called by the screen

    def show_waiting(self, text: str) -> None:
        """Show why there are no layers yet."""
        self.waiting, self.all_rows = text, ()
        self.advise()
        self._arrange(0)

    def show_rows(self, rows: Sequence[LayerRow], number: int | None = None) -> None:
        """Show rows, top first; with `number`, the cursor goes to that layer, otherwise it stays on its row."""
        self.waiting = ""
        self.advise()
        current = self.current
        self.all_rows = tuple(rows)
        self._largest = max([row.size or 0 for row in rows] or [1]) or 1
        self._digits = max([2, *(len(str(row.number)) for row in rows)])
        texts = [one_line(row.command) if row.command else safe(row.missing) for row in rows]
        self._texts = dict(zip(rows, zip(texts, differences(texts), strict=True), strict=True))
        self._arrange(None if number is not None else self.cursor, current)
        if number is not None:
            self.go_to_layer(number)

    def narrow(self, pattern: Pattern | None) -> tuple[int, int]:
        """Show only steps whose command matches; returns how many do, of how many."""
        self.pattern = pattern
        self._arrange(self.cursor, self.current)
        return len([row for row in self.rows if row.kind != "line"]), len(self.all_rows)

    def go_to_layer(self, number: int) -> None:
        """Put the cursor on a layer."""
        for index, row in enumerate(self.rows):
            if row.number == number and row.kind in ("own", "layer"):
                self.cursor = index
                return

    def next_match(self, by: int) -> None:
        """All visible rows match; the next one, cyclically."""
        if self.rows:
            self.cursor = (self.cursor + by) % len(self.rows)

    @property
    def current(self) -> LayerRow | None:
        """The row under the cursor; never the line."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def action_steps(self) -> None:
        self.with_steps = not self.with_steps
        self._arrange(self.cursor, self.current)

    def action_order(self) -> None:
        self.by_size = not self.by_size
        self._arrange(0 if self.by_size else self.cursor, None if self.by_size else self.current)

    def _arrange(self, at: int | None, current: LayerRow | None = None) -> None:
        rows = [row for row in self.all_rows if self._shows(row)]
        if self.by_size:
            rows.sort(key=lambda row: -(row.size or 0))  # of equal ones the upper one first
        elif rows and rows[0].kind == "own":
            rows.insert(1, LINE)
        self.rows = tuple(rows)
        found = ""
        if self.pattern is not None:
            shown = len([row for row in rows if row.kind != "line"])
            found = tr(
                "{label} · {rows:,} of {items:,}", label=self.pattern.label, rows=shown, items=len(self.all_rows)
            )
        self.advise()
        set_subtitle(self, found, tr("by size") if self.by_size else "" if self.with_steps else tr("layers only"))
        if current is not None:
            for index, row in enumerate(rows):
                if (row.kind, row.number, row.command) == (current.kind, current.number, current.command):
                    at = index
                    break
            else:
                at = next((index for index, row in enumerate(rows) if row.number == current.number), 0)
        self.show_count(len(rows) or len(self.advice), cursor=at)

    def advice_text(self) -> str:
        return self.waiting or (tr("No match.") if self.all_rows and not self.rows else "")

    def has_cursor(self) -> bool:
        return bool(self.rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("choose", "steps", "order", "mark") and not self.rows:
            return False
        return super().check_action(action, parameters)

    def _shows(self, row: LayerRow) -> bool:
        if row.kind == "step" and (self.by_size or not self.with_steps):
            return False
        return self.pattern is None or self.pattern.fits(row.command)

    def validate_cursor(self, value: int) -> int:
        value = super().validate_cursor(value)
        if 0 <= value < len(self.rows) and self.rows[value].kind == "line":
            return value + 1 if value >= self.cursor and value + 1 < len(self.rows) else value - 1
        return value

    # -- drawing

    def name_at(self, index: int) -> str | None:
        row = self.rows[index] if 0 <= index < len(self.rows) else None
        if row is None or row.kind not in ("own", "layer") or not self.of:
            return None
        return f"{self.of}@{row.number}..{row.number}"

    def row_class(self, index: int) -> str:
        return "own-line" if index < len(self.rows) and self.rows[index].kind == "own" else ""

    def draw_row(self, index: int, width: int) -> Pieces:
        if index >= len(self.rows):
            return self.draw_advice(index)
        row = self.rows[index]
        width -= 1
        if row.kind == "line":
            return read_only_line(width)
        counts = _counts(row) if width >= COUNTS_FROM else []
        room = width - self._digits - 2 - 8 - 1 - width_of(counts)
        number = "✎ " if row.kind == "own" else f"{row.number} " if row.kind == "layer" else "· "
        head: list[Piece] = [self.mark_of(self.name_at(index)), (right(number, self._digits + 1), _number_word(row))]
        if row.kind == "step":
            head.append((" " * 8, ""))
        else:
            head.append(
                (right(size(row.size) if row.size is not None else "", 8), "own strong" if row.kind == "own" else "")
            )
        head.append((" ", ""))
        if width >= BAR_FROM:
            cells = 8 if width >= LONG_BAR_FROM else 4
            share = bar(row.size if row.kind != "step" else None, self._largest, cells)
            head += [(share, "own" if row.kind == "own" else "base"), (" ", "")]
            room -= cells + 1
        text, shared = self._texts[row]
        word = {"own": "strong own", "step": "dim"}.get(row.kind, "dim" if not row.command else "")
        return [*head, (fit_apart(text, room, shared), word), *counts]


def read_only_line(width: int) -> Pieces:
    """The line between a container's writable layer and its image."""
    text = tr(" read-only from here down ")
    left = max(1, (width - cell_len(text) - 4) // 2)
    return [("    " + "╌" * left, "dim"), (text, "dim"), ("╌" * max(1, width - 4 - left - cell_len(text)), "dim")]


def bar(count: int | None, largest: int, cells: int) -> str:
    """A bar, `cells` wide for the largest, in halves; anything above 0 is visible."""
    if not count:
        return " " * cells
    whole, half = divmod(max(1, round(count / largest * cells * 2)), 2)
    return ("━" * whole + "╸" * half).ljust(cells)


def _number_word(row: LayerRow) -> str:
    if row.kind == "own":
        return "own strong"
    return "dim" if row.kind == "step" or row.changed is False else "base strong"


def _counts(row: LayerRow) -> list[Piece]:
    """`+2 ~1 -1`, right-aligned together with the column before."""
    parts: list[Piece] = []
    for count, sign, word in ((row.added, "+", "added"), (row.modified, "~", "changed"), (row.removed, "-", "removed")):
        if count:
            parts += [(" ", ""), (f"{sign}{count_text(count)}", word)]
    return parts
