"""TypedHistory: what was typed into a field before, gone through with the arrow keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widgets import Input


class TypedHistory:
    """The older texts of one field. Up goes to an older one, Down back, and past the newest to what is being typed."""

    def __init__(self, texts: Callable[[], Sequence[str]]) -> None:
        """`texts` gives them, the newest first."""
        self._texts = texts
        self._at = -1
        self._typing = ""

    def step(self, field: Input, by: int) -> bool:
        """Go `by` texts back; False if there are none that way: then the key is free for something else."""
        texts = self._texts()
        if self._at >= 0 and (self._at >= len(texts) or texts[self._at] != field.value):
            self._at = -1  # something else was typed since
        to = self._at + by
        if not -1 <= to < len(texts) or to == self._at:
            return False
        if self._at < 0:
            self._typing = field.value
        self._at = to
        field.value = self._typing if to < 0 else texts[to]
        field.cursor_position = len(field.value)
        return True
