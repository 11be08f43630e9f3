"""Matches text against the user's pattern: plain text, glob or regular expression.

Names in images are not to be trusted: what Python's `re` could take very long for, on a name that is made for it, is matched
with RE2 in linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from layertui.core.errors import LayertuiError
from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.search.linear_regex import LinearRegex

GLOB_SIGNS = frozenset("*?")


@dataclass(frozen=True)
class Pattern:
    """A text (ignoring case, unless it has capitals), a glob (`*.py`), or a regular expression (`/py[0-9]+/`).

    Text and glob match the whole path if they have a slash, otherwise the name. Expressions are those of RE2, as in `find`.
    """

    text: str
    kind: Literal["text", "glob", "regex"]

    @classmethod
    def of(cls, typed: str) -> Pattern | None:
        """Parse a pattern; None for an empty one.

        Raises UsageError for an invalid expression, LayertuiError for any where RE2 is not installed, re.error for an invalid glob.
        """
        if not typed:
            return None
        if len(typed) > 2 and typed[0] == typed[-1] == "/" and typed.count("/") == 2:
            pattern = cls(typed[1:-1], "regex")
        elif GLOB_SIGNS & set(typed):
            pattern = cls(typed, "glob")
        else:
            pattern = cls(typed, "text")
        _ = pattern._linear or pattern._expression
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
        """The regular expression to search in a name, or in a path with its first slash: RE2's for one that was typed, else of both kinds."""
        if self.kind == "regex":
            return self.text
        if self.kind == "text":
            return re.escape(self.text)
        start = "^" if not self.whole_path or self.text.startswith("/") else "(?:^|/)"
        return start + glob_source(self.text) + "$"

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.source, self.flags)

    @cached_property
    def _of_bytes(self) -> re.Pattern[bytes]:
        return re.compile(self.source.encode("utf-8", "surrogateescape"), self.flags)

    @cached_property
    def _linear(self) -> LinearRegex | None:
        """RE2's form of it; None where Python's takes no longer, and for a glob where RE2 is not installed."""
        is_glob = self.kind == "glob"
        if self.kind == "text" or (is_glob and self.text.count("*") < 2):
            return None
        from layertui.core.analysis.search.linear_regex import LinearRegex

        try:
            return LinearRegex(self.source, ignore_case=bool(self.flags))
        except LayertuiError:
            if is_glob:
                return None
            raise

    @property
    def flags(self) -> int:
        """A text in lower case ignores case."""
        return 0 if any(letter.isupper() for letter in self.text) else re.IGNORECASE

    def fits(self, text: str) -> bool:
        """Whether the text matches."""
        if self._linear is None:
            return self._expression.search(text) is not None
        return bool(self.fitting([text.encode("utf-8", "surrogateescape")]))

    def fitting(self, texts: Sequence[bytes]) -> list[int]:
        """The indexes of those names, or paths with their first slash, that match."""
        linear = self._linear
        if linear is None:
            search = self._of_bytes.search
            return [at for at, text in enumerate(texts) if search(text) is not None]
        if self.kind == "glob":  # a star stands for bytes that are not UTF-8, too
            texts = [text if text.isascii() else text.decode("utf-8", "replace").encode() for text in texts]
        return linear.found_in(texts)


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
