"""A Dockerfile with a cursor: long lines wrapped, instructions and comments in colours of their own, each line of a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len, chop_cells
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from layertui.core.language.texts import tr
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece, Pieces

if TYPE_CHECKING:
    from layertui.tui.common.dockerfile_line import DockerfileLine

_INDENT = "    "
_WORD = re.compile(r"[A-Z]+(?= )")
_MARKED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|(?<=\s)--[a-z][a-z-]*|\$\{?\w+\}?|\\$")


class _Row(NamedTuple):
    text: str
    line: DockerfileLine
    is_first: bool


class DockerfileView(RowList):
    """The lines of an image's Dockerfile, with a cursor; a line belongs to a history step, and so to a layer."""

    TITLE_OF_KEYS = tr("Dockerfile")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "save", tr("save"), tooltip=tr("Save the Dockerfile to a file")),
    ]

    class Saved(Message):
        """The Dockerfile is to be saved."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: tuple[DockerfileLine, ...] = ()
        self._rows: list[_Row] = []
        self._wrapped_at = 0

    def show_lines(self, lines: Sequence[DockerfileLine]) -> None:
        """Show other lines; the cursor stays on its step, and that where it is on the screen."""
        step, line = self.step, self.cursor - self.scroll_offset.y
        self.lines = tuple(lines)
        self._wrapped_at = 0
        self._wrap(step)
        if step is not None:
            # What is found out meanwhile comes in any order: each piece adds lines above the cursor, or takes some away.
            self.scroll_to(y=max(0, self.cursor - line), animate=False, force=True)
        self.refresh_bindings()  # there is something to save

    @property
    def step(self) -> int | None:
        """The index of the step under the cursor."""
        if not 0 <= self.cursor < len(self._rows):
            return None
        return self._rows[self.cursor].line.step

    def go_to_step(self, step: int) -> None:
        """Put the cursor on the instruction of a step, or on its comment."""
        found = [index for index, row in enumerate(self._rows) if row.line.step == step and row.line.text]
        written = [index for index in found if self._is_instruction(self._rows[index])]
        if found:
            self.cursor = (written or found)[0]

    def _is_instruction(self, row: _Row) -> bool:
        return bool(row.line.text) and not row.line.is_comment

    @property
    def plain(self) -> str:
        """The text of the whole Dockerfile."""
        return "".join(f"{line.text}\n" for line in self.lines)

    def to_copy(self) -> str | None:
        """The instruction under the cursor, with its continuation lines."""
        if not self._rows:
            return None
        step, line = self.step, self._rows[self.cursor].line
        if step is None or line.is_comment:
            return line.text or None
        own = [one for one in self.lines if one.step == step and one.text]
        return "\n".join(one.text for one in own if not one.is_comment) or "\n".join(one.text for one in own) or None

    def more_to_copy(self) -> str | None:
        return self.plain or None

    def action_save(self) -> None:
        if self.lines:
            self.post_message(self.Saved())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "save" and not self.lines:
            return False
        return super().check_action(action, parameters)

    def _wrap(self, step: int | None = None) -> None:
        width = self.scrollable_content_region.width
        if not width or width == self._wrapped_at:
            return
        self._wrapped_at, step = width, self.step if step is None else step
        self._rows = [
            _Row(text, line, part == 0)
            for line in self.lines
            for part, text in enumerate(_parts(line, max(16, width - 1)))
        ]
        self.show_count(len(self._rows))
        if step is not None:
            self.go_to_step(step)

    def on_resize(self, event: events.Resize) -> None:
        self._wrap()
        super().on_resize(event)

    def watch_show_vertical_scrollbar(self) -> None:
        """A scroll bar that comes or goes changes the width, and Textual does not say so by Resize."""
        self.call_after_refresh(self._wrap)

    def draw_row(self, index: int, width: int) -> Pieces:
        row = self._rows[index]
        line = row.line
        if line.is_comment:
            return [(" " + row.text, "changed" if line.is_waste else "dim")]
        word = _WORD.match(row.text) if row.is_first and not line.is_continued else None
        pieces: list[Piece] = [(word[0], "base strong")] if word else []
        return [(" ", ""), *pieces, *_highlighted(row.text[word.end() if word else 0 :])]


def _highlighted(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            pieces.append((text[at : match.start()], ""))
        pieces.append((match[0], "dim" if match[0] == "\\" else "key" if match[0][0] in "-$" else "added"))
        at = match.end()
    return [*pieces, (text[at:], "")]


def _parts(line: DockerfileLine, width: int) -> list[str]:
    """A line in rows: broken at blanks where there are any, further rows indented, as comments as such."""
    text = line.text.expandtabs(4)
    if cell_len(text) <= width:
        return [text]
    begin = "#   " if line.is_comment else _INDENT
    rows: list[str] = []
    row = ""
    for word in re.findall(r"\s*\S+|\s+$", text):
        # A word that is longer than a row is broken at the end of the row, not before it.
        if row and cell_len(row + word) > width and cell_len(begin + word.lstrip()) <= width:
            rows.append(row)
            row = begin + word.lstrip()
            continue
        row += word
        while cell_len(row) > width:
            first = chop_cells(row, width)[0]
            rows.append(first)
            row = begin + row[len(first) :]
    return [*rows, row]
