"""Takes the terminal's answer about its background (OSC 11) out of the input, before Textual's parser sees it.

Why: Textual knows no such answer, and would deliver its letters as keys.
Without it: the terminal cannot be asked whether it is dark or light.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App

_QUESTION = "\x1b]11;?\x1b\\"
"""Terminals that do not know it show nothing, as it is a control string with its end."""

_ANSWER = re.compile(r"\x1b\]11;([rgba:#0-9a-fA-F/]{0,40}+)(\x07|\x1b\\|(?=[^\x1b]|\x1b[^\\]))")
"""An answer with its end, or one that was cut off, which no keys look like."""

_BEGUN = re.compile(r"\x1b\](?:1(?:1(?:;[rgba:#0-9a-fA-F/]{0,40}+\x1b?)?)?)?\Z")
_COLOUR = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")


class TerminalBackground(Message):
    """The terminal's background is light, or dark."""

    def __init__(self, *, is_light: bool) -> None:
        super().__init__()
        self.is_light = is_light


def ask_background(app: App[Any]) -> None:
    """Ask the terminal; whether and when it answers, nothing waits for it."""
    driver = app._driver
    if driver is not None:
        driver.write(_QUESTION)
        driver.flush()


class AnswerFilter:
    """Finds answers in typed text, in whatever pieces they come."""

    def __init__(self) -> None:
        self._begun = ""
        """The end of the input, if an answer may have begun in it."""
        self._ticks = 0

    def take(self, typed: str) -> tuple[str, list[TerminalBackground]]:
        """The text without answers, and the answers; what may be the beginning of one is kept until more comes."""
        typed, self._ticks = self._begun + typed, 0
        found = [answer for match in _ANSWER.finditer(typed) if (answer := _background(match[1])) is not None]
        typed = _ANSWER.sub("", typed)
        begun = _BEGUN.search(typed)
        self._begun = begun[0] if begun is not None else ""
        return typed[: len(typed) - len(self._begun)], found

    def tick(self) -> str:
        """What turned out to be keys, such as Alt and a bracket: nothing came after it in a tenth of a second."""
        self._ticks += 1
        if self._ticks < 2 or ";" in self._begun:
            return ""
        keys, self._begun = self._begun, ""
        return keys


def _background(text: str) -> TerminalBackground | None:
    colour = _COLOUR.match(text)
    if colour is None:
        return None
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in colour.groups())
    return TerminalBackground(is_light=0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
