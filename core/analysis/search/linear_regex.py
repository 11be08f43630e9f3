"""LinearRegex: regular expressions of the user, matched in time that is linear in the text, whatever they are.

Python's own `re` may take hours for a text of a few dozen characters; RE2 has neither backreferences nor lookaround,
and so needs no backtracking. A line is matched at a time, as grep does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.core.errors import LayertuiError, UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

_OF_WHOLE_TEXT = (b"\\A", b"\\z", b"\\Z", b"(?s", b"(?-m")


class LinearRegex:
    """A compiled expression; bytes that are no UTF-8 match no `.`."""

    def __init__(self, text: str, *, ignore_case: bool = False, is_text: bool = False) -> None:
        """With ``is_text`` no sign in it is special.

        Raises UsageError for an expression that RE2 does not take, LayertuiError where RE2 is not installed.
        """
        try:
            import re2
        except ImportError as error:
            raise LayertuiError(
                tr(
                    "regular expressions need the Python package google-re2, which is not installed here; "
                    "globs (--name, --path) and plain text (--content) need nothing"
                )
            ) from error
        self.text = text
        self.is_plain = not ignore_case and not is_text and text.isascii()
        """Whether `text` says all of it, so that another RE2 may leave out what it cannot be found in."""
        source = text.encode("utf-8", "surrogateescape")
        options = re2.Options()
        options.literal = is_text
        options.log_errors = False
        options.never_capture = True  # groups are not used, and finding them takes several times as long
        options.case_sensitive = not ignore_case
        try:
            self._one = re2.compile(source, options)
            options.never_nl = True
            self._lines = re2.compile(source if is_text else b"(?m)" + source, options)
        except re2.error as error:
            why = error.args[0] if error.args else ""
            why = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
            raise UsageError(tr("invalid regular expression {text!r}: {why}", text=text, why=why)) from error
        self.is_of_lines = is_text or not any(sign in source for sign in _OF_WHOLE_TEXT)
        """Whether it says nothing of the whole text that would not hold for a line of it."""

    def in_line(self, line: bytes) -> bool:
        """Whether it is found in a text, of which `^` and `$` are the ends."""
        return self._one.search(line) is not None

    def in_lines(self, text: bytes | memoryview, start: int = 0, end: int | None = None) -> bool:
        """Whether it is found in a line of a text, from ``start`` to ``end``; what is around these decides what `^` and `$` are."""
        return self._lines.search(text, start, end) is not None

    def first_in(self, text: bytes, start: int = 0) -> tuple[int, int] | None:
        """Where it is first found in a line of a text, at `start` or later: the offsets of its first byte and after its last."""
        match: Any = self._lines.search(text, start)
        return None if match is None else (match.start(), match.end())

    def found_in(self, lines: Sequence[bytes]) -> list[int]:
        """The indexes of the texts in which it is found; a search of all of them at once."""
        joined = b"\n".join(lines)
        if not self.is_of_lines or joined.count(b"\n") >= len(lines) > 0:
            return [at for at, line in enumerate(lines) if self.in_line(line)]
        return self.lines_found(joined) if lines else []

    def lines_found(self, text: bytes) -> list[int]:
        """The numbers, from 0, of a text's lines in which it is found; for an expression that ``is_of_lines``."""
        found: list[int] = []
        line = counted = 0
        match: Any = self._lines.search(text)
        while match is not None:
            start = match.start()
            line += text.count(b"\n", counted, start)
            found.append(line)
            counted = text.find(b"\n", start)
            match = self._lines.search(text, counted + 1) if counted >= 0 else None
        return found
