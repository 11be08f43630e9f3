"""The history of an image, newest step first, like `docker history`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, short_age, size
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, right
from layertui.tui.widgets.text.told_apart import differences, fit_apart

if TYPE_CHECKING:
    from layertui.core.images.history_steps import Step

COMMENT_FROM = 70


class StepTable(RowList):
    """Layer, size, age, command and comment."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head_height = 1
        self.steps: tuple[Step, ...] = ()
        self.now: datetime | None = None
        self._commands: list[str] = []
        self._shared: list[int] = []
        """How many of its first characters each command has in common with another one."""

    def show_steps(self, steps: Sequence[Step], now: datetime) -> None:
        """Show steps, given oldest first."""
        self.steps, self.now = tuple(reversed(steps)), now
        self._commands = [one_line(step.command) if step.created_by else "" for step in self.steps]
        self._shared = differences(self._commands)
        self.show_count(len(self.steps))

    @property
    def current(self) -> Step | None:
        """The step under the cursor."""
        return self.steps[self.cursor] if 0 <= self.cursor < len(self.steps) else None

    def _comment_width(self, width: int) -> int:
        longest = max((len(step.comment or "") for step in self.steps), default=0)
        return min(longest, width // 4) if width >= COMMENT_FROM else 0

    def draw_head(self, line: int, width: int) -> Pieces:
        comment = self._comment_width(width)
        room = width - 4 - 9 - 6 - (comment + 2 if comment else 0)
        pieces: list[Piece] = [
            (right(tr("lyr"), 4) + right(tr("size"), 9) + right(tr("age"), 5) + " ", "title"),
            (fit(tr("created by"), room), "title"),
        ]
        if comment:
            pieces.append(("  " + fit(tr("comment"), comment), "title"))
        return pieces

    def draw_row(self, index: int, width: int) -> Pieces:
        step = self.steps[index]
        comment = self._comment_width(width)
        room = width - 4 - 9 - 6 - (comment + 2 if comment else 0)
        command = self._commands[index]
        if not command and not comment:
            command = one_line(step.comment or "")
        made = "dim" if step.layer is None else ""
        pieces: list[Piece] = [
            (right(str(step.number or "·"), 4), "base strong" if step.layer is not None else "dim"),
            (right(size(step.size) if step.size is not None else "", 9), made),
            (right(short_age(step.created, self.now), 5) + " ", "dim"),
            (fit_apart(command or tr("no command recorded"), room, self._shared[index]), made if command else "dim"),
        ]
        if comment:
            pieces.append(("  " + fit(one_line(step.comment or ""), comment), "dim"))
        return pieces
