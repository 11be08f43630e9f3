"""Matches text against the user's pattern: plain text, glob or regular expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from layertui.tui.common.format import safe

GLOB_SIGNS = frozenset("*?")


@dataclass(frozen=True)
class Pattern:
    """A text (ignoring case, unless it has capitals), a glob (`*.py`), or a regular expression (`/py[0-9]+/`).

    Text and glob match the whole path if they have a slash, otherwise the name.
    """

    text: str
    kind: Literal["text", "glob", "regex"]

    @classmethod
    def of(cls, typed: str) -> Pattern | None:
        """Parse a pattern; None for an empty one. Raises re.error for an invalid expression."""
        if not typed:
            return None
        if len(typed) > 2 and typed[0] == typed[-1] == "/" and typed.count("/") == 2:
            pattern = cls(typed[1:-1], "regex")
        elif GLOB_SIGNS & set(typed):
            pattern = cls(typed, "glob")
        else:
            pattern = cls(typed, "text")
        _ = pattern.expression
        return pattern

    @property
    def typed(self) -> str:
        """As it was typed."""
        return f"/{self.text}/" if self.kind == "regex" else self.text

    @property
    def label(self) -> str:
        """The pattern as shown in the frame of the pane that it filters."""
        return f"/ {safe(self.typed)}"

    @property
    def whole_path(self) -> bool:
        """Whether the path is matched, not only the name."""
        return "/" in self.text

    @property
    def source(self) -> str:
        """The regular expression to search in a name, or in a path with its first slash."""
        if self.kind == "regex":
            return self.text
        if self.kind == "text":
            return re.escape(self.text)
        start = "^" if not self.whole_path or self.text.startswith("/") else "(?:^|/)"
        return start + glob_source(self.text) + "$"

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The compiled expression, for text."""
        return re.compile(self.source, self.flags)

    @cached_property
    def bytes_expression(self) -> re.Pattern[bytes]:
        """For names and paths as bytes."""
        return re.compile(self.source.encode("utf-8", "surrogateescape"), self.flags)

    @property
    def flags(self) -> int:
        """A text in lower case ignores case."""
        return 0 if any(letter.isupper() for letter in self.text) else re.IGNORECASE

    def fits(self, text: str) -> bool:
        """Whether the text matches."""
        return self.expression.search(text) is not None


def glob_source(glob: str) -> str:
    """A shell glob as a regular expression: `*` and `?` stay within a folder, `**` includes subfolders."""
    out: list[str] = []
    at = 0
    while at < len(glob):
        sign = glob[at]
        at += 1
        if sign == "*":
            if glob[at : at + 1] == "*":
                at += 1
                out.append(".*")
            else:
                out.append("[^/]*")
        elif sign == "?":
            out.append("[^/]")
        elif sign == "[" and (end := glob.find("]", at + 1)) > 0:
            inside = glob[at:end].replace("\\", "\\\\")
            out.append(f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]")
            at = end + 1
        else:
            out.append(re.escape(sign))
    return "".join(out)
