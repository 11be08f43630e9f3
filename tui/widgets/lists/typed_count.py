"""TypedCount: digits typed before a moving key, as in vim: `5j` moves five rows down, `12G` goes to row 12."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen

MOST_DIGITS = 9
"""More digits than that are ignored: no list is that long."""


class TypedCount:
    """The count of one list. Each key is given to it first, and the action of that key takes the count."""

    def __init__(self) -> None:
        self._digits = ""
        self._of_this_key = 0

    def add(self, key: str, screen: Screen[object]) -> bool:
        """Take a key in; true if it is a digit of a count. A count ends with the first key that is none.

        On screens whose panes have numbers, digits lead to these instead.
        """
        is_digit = len(key) == 1 and key in "0123456789" and (key != "0" or bool(self._digits))
        if is_digit and "1" not in screen.active_bindings:
            self._digits = (self._digits + key)[:MOST_DIGITS]
            return True
        self._digits, self._of_this_key = "", int(self._digits or 0)
        return False

    def take(self) -> int:
        """The count that was typed before the key whose action runs now, once; 0 if there was none."""
        count, self._of_this_key = self._of_this_key, 0
        return count
