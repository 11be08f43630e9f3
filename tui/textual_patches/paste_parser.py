"""What a terminal sends: what is pasted comes as one text, whatever it holds, and what nobody can read is left out.

Textual looks for keys in a paste too: from an ESC on, the next thirty letters were typed as keys, outside the field and before the paste.
And one byte that is no UTF-8, or a number that stands for nothing, ended the screen.
"""

from __future__ import annotations

import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App


class Pasting(XTermParser):
    """Textual's parser of what a terminal sends, which gets nothing to see of what lies between the marks of a paste."""

    def __init__(self, debug: bool = False) -> None:  # noqa: FBT002  (Textual's)
        super().__init__(debug)
        self._pieces: list[str] | None = None
        """What has been pasted so far; None while keys are typed."""
        self._tail = ""
        """The end of what came last: in it a mark may have begun."""

    def feed(self, data: str) -> Iterable[Message]:
        """Keys as Textual reads them, pastes as they are; nothing at all is the end."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pieces is None:
                typed, data = self._to_start(data)
                for character in typed:  # one by one, so that no more is lost than what cannot be read
                    yield from self._read(partial(super().feed, character))
            else:
                text, data = self._to_end(self._pieces, data)
                if text is not None:
                    list(super().feed(END))  # for it, nothing was pasted
                    yield events.Paste(text.replace("\x00", ""))

    def tick(self) -> Iterable[Message]:
        """What was begun and for which nothing more came."""
        yield from self._read(super().tick)

    def _read(self, step: Callable[[], Iterable[Message]]) -> Iterable[Message]:
        try:
            yield from step()
        except (ValueError, ArithmeticError):  # no character has that number, or the terminal is zero pixels wide
            self._gen = self.parse(self._tokens.append)
            self._awaiting = next(self._gen)

    def _to_start(self, data: str) -> tuple[str, str]:
        """What is typed, the mark included, and what is pasted behind it."""
        seen = self._tail + data
        at = seen.find(START)
        if at < 0:
            self._tail = seen[1 - len(START) :]
            return data, ""
        end = at + len(START) - len(self._tail)
        self._pieces, self._tail = [], ""
        return data[:end], data[end:]

    def _to_end(self, pieces: list[str], data: str) -> tuple[str | None, str]:
        """All that was pasted, once its end has come; and what is typed behind it."""
        text, end, rest = (self._tail + data).partition(END)
        if end:
            self._pieces, self._tail = None, ""
            return "".join((*pieces, text)), rest
        pieces.append(text[: 1 - len(END)])
        self._tail = text[1 - len(END) :]
        return None, ""


def read_all(app: App[Any]) -> None:
    """From now on the driver of the app reads so."""
    driver = vars(sys.modules[app.driver_class.__module__])
    if driver.get("XTermParser") is XTermParser:
        driver["XTermParser"] = Pasting
    if driver.get("getincrementaldecoder") is getincrementaldecoder:
        driver["getincrementaldecoder"] = _lenient_decoder


def _lenient_decoder(encoding: str) -> Callable[[], IncrementalDecoder]:
    return partial(getincrementaldecoder(encoding), errors="replace")
