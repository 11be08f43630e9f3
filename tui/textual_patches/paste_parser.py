"""Parser of terminal input that delivers a bracketed paste as one text, and survives input it cannot decode.

Why: Textual looks for escape sequences inside a paste too: from an ESC on, the next thirty characters were typed as keys, outside the
focused field and before the rest of the paste. And one byte that is not UTF-8, or a key number beyond Unicode, ended the program.
Without it: a pasted text can press keys, and a stray byte from the terminal is a crash.
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

from layertui.tui.textual_patches.terminal_answers import AnswerFilter

if TYPE_CHECKING:
    from textual.driver import Driver


class PasteParser(XTermParser):
    """Textual's parser, which never sees what lies between the start and the end mark of a paste."""

    def __init__(self, debug: bool = False) -> None:  # noqa: FBT002  (Textual's)
        super().__init__(debug)
        self._pasted: list[str] | None = None
        """Pieces of the paste so far; None outside a paste."""
        self._tail = ""
        """The end of the last input: a mark may have begun in it."""
        self._answers = AnswerFilter()
        self._ends_with_escape = False

    def feed(self, data: str) -> Iterable[Message]:
        """Parse input as it comes from the terminal; an empty string is the end of input."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._pasted is None:
                typed, data = self._up_to_start(data)
                typed, answers = self._answers.take(self._joined(typed))
                yield from answers
                yield from self._keys(typed)
            else:
                text, data = self._up_to_end(self._pasted, data)
                if text is not None:
                    list(super().feed(END))  # for Textual's parser the paste was empty
                    yield events.Paste(text.replace("\x00", ""))

    def tick(self) -> Iterable[Message]:
        """Resolve a sequence that was begun and not continued in time."""
        yield from self._keys(self._answers.tick())
        yield from self._recover(super().tick)

    def _keys(self, typed: str) -> Iterable[Message]:
        for character in typed:  # one by one, so that undecodable input loses nothing else
            yield from self._recover(partial(super().feed, character))
        self._ends_with_escape = typed.endswith("\x1b") or (self._ends_with_escape and not typed)

    def _joined(self, typed: str) -> str:
        """An answer whose first character came alone, and was taken for the beginning of a key."""
        if not (self._ends_with_escape and self._timeout_time is not None and typed.startswith("]")):
            return typed  # an Escape that was not continued in time is a key already
        self._begin_again()
        return "\x1b" + typed

    def _begin_again(self) -> None:
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)
        self._timeout_time = None

    def _recover(self, step: Callable[[], Iterable[Message]]) -> Iterable[Message]:
        try:
            yield from step()
        except (ValueError, ArithmeticError):  # no character has that number, or the terminal is zero pixels wide
            self._begin_again()

    def _up_to_start(self, data: str) -> tuple[str, str]:
        """What was typed, including the start mark; and what was pasted after it."""
        seen = self._tail + data
        at = seen.find(START)
        if at < 0:
            self._tail = seen[1 - len(START) :]
            return data, ""
        end = at + len(START) - len(self._tail)
        self._pasted, self._tail = [], ""
        return data[:end], data[end:]

    def _up_to_end(self, pieces: list[str], data: str) -> tuple[str | None, str]:
        """The whole paste, or None before its end mark; and what was typed after it."""
        text, end, rest = (self._tail + data).partition(END)
        if end:
            self._pasted, self._tail = None, ""
            return "".join((*pieces, text)), rest
        pieces.append(text[: 1 - len(END)])
        self._tail = text[1 - len(END) :]
        return None, ""


def patch_terminal_parser(driver_class: type[Driver]) -> None:
    """Make drivers of this class, and of the class it is derived from, parse with a PasteParser."""
    for kind in driver_class.__mro__:
        module: dict[str, Any] = vars(sys.modules[kind.__module__])
        if module.get("XTermParser") is XTermParser:
            module["XTermParser"] = PasteParser
        if module.get("getincrementaldecoder") is getincrementaldecoder:
            module["getincrementaldecoder"] = _lenient_decoder


def _lenient_decoder(encoding: str) -> Callable[[], IncrementalDecoder]:
    return partial(getincrementaldecoder(encoding), errors="replace")
