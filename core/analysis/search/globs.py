"""Globs of names and paths, with the rules of find(1): `*` and `?` match any character, `/` and a leading dot too.

A glob also knows the literal text that whatever it matches begins with, ends with and contains, so that most names
can be left out by array operations. The regular expression for the rest never backtracks over a `*` that has matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

_STAR = ""  # a token that is empty text; all others are a literal character or a regular expression for one character


@dataclass(frozen=True)
class Glob:
    """A glob: `*`, `?`, `[a-z]`, `[!a-z]`, and a backslash before a character that means itself.

    With ``ignore_case``, letters match in either case.
    """

    text: str
    ignore_case: bool = False

    @classmethod
    def containing(cls, text: str, *, ignore_case: bool = False) -> Glob:
        """The glob of what contains a text."""
        plain = re.sub(r"([*?\[\\])", r"\\\1", text)
        return cls(f"*{plain}*", ignore_case)

    def matches(self, text: str) -> bool:
        """Whether it matches the whole text."""
        return self.expression.match(text) is not None

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """A regular expression for the whole text. Raises UsageError for a range like `[z-a]`."""
        flags = re.DOTALL
        if self.ignore_case:
            # The literal parts are compared without regard to the case of ASCII letters only.
            flags |= re.IGNORECASE | (re.ASCII if self.text.isascii() else 0)
        first, *others = self._segments
        parts = ["".join(source for source, _ in first)]
        parts += [f"(?>.*?{''.join(source for source, _ in segment)})" for segment in others[:-1]]
        if others:
            parts.append(f".*{''.join(source for source, _ in others[-1])}")
        try:
            return re.compile("".join(parts) + r"\Z", flags)
        except re.error as error:
            raise UsageError(tr("invalid pattern {text!r}: {error}", text=self.text, error=error)) from error

    @cached_property
    def prefix(self) -> bytes:
        """What every match begins with; in lower case with ``ignore_case``."""
        return self._bytes(_leading(self._segments[0]))

    @cached_property
    def suffix(self) -> bytes:
        """What every match ends with."""
        return self._bytes(_leading(self._segments[-1][::-1])[::-1], from_end=True)

    @cached_property
    def longest(self) -> bytes:
        """The longest text that every match contains."""
        runs = [""]
        for segment in self._segments:
            runs.append("")
            for _, literal in segment:
                if literal is None:
                    runs.append("")
                else:
                    runs[-1] += literal
        return max(map(self._bytes, runs), key=len)

    @cached_property
    def is_literal(self) -> bool:
        """Whether it matches its `prefix` and nothing else."""
        return len(self._segments) == 1 and self._is_exact

    @cached_property
    def is_ends(self) -> bool:
        """Whether it matches whatever begins with its `prefix`, ends with its `suffix`, and is as long as both together."""
        return len(self._segments) == 2 and self._is_exact

    @cached_property
    def is_longest(self) -> bool:
        """Whether it matches whatever contains `longest`."""
        return len(self._segments) == 3 and not self._segments[0] and not self._segments[2] and self._is_exact

    @cached_property
    def _is_exact(self) -> bool:
        """Whether all but the stars is literal, and nothing of it is lost in `_bytes`."""
        plain = all(literal is not None for segment in self._segments for _, literal in segment)
        return plain and not (self.ignore_case and not self.text.isascii())

    def _bytes(self, literal: str, *, from_end: bool = False) -> bytes:
        if self.ignore_case:
            pieces = re.split(r"[^\x00-\x7f]+", literal)
            literal = (pieces[-1] if from_end else pieces[0]).lower()
        return literal.encode("utf-8", "surrogateescape")

    @cached_property
    def _segments(self) -> list[list[tuple[str, str | None]]]:
        """What is between the stars: for each character a regular expression, and the character if it is a literal one."""
        segments: list[list[tuple[str, str | None]]] = [[]]
        text, at = self.text, 0
        while at < len(text):
            sign = text[at]
            at += 1
            if sign == "*":
                if len(segments) == 1 or segments[-1]:
                    segments.append([])
            elif sign == "?":
                segments[-1].append((".", None))
            elif sign == "[" and (end := text.find("]", at + (2 if text[at : at + 1] in ("!", "^") else 1))) > 0:
                segments[-1].append((_one_of(text[at:end]), None))
                at = end + 1
            else:
                if sign == "\\" and at < len(text):
                    sign = text[at]
                    at += 1
                segments[-1].append((re.escape(sign), sign))
        return segments


def _leading(segment: list[tuple[str, str | None]]) -> str:
    """The literal characters that a segment begins with."""
    found = ""
    for _, literal in segment:
        if literal is None:
            break
        found += literal
    return found


def _one_of(inside: str) -> str:
    """The regular expression for what is in brackets."""
    negated = inside[:1] in ("!", "^")
    signs = "".join(sign if sign == "-" else re.escape(sign) for sign in inside[negated:])
    return f"[{'^' if negated else ''}{signs}]"
