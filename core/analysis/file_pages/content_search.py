"""Searches the content of one file for a text or a regular expression, from an offset on or back from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.page_source import PagedContent
    from layertui.core.progress import Progress

_CHUNK = 1 << 20
_BACKWARD_CHUNK = 64 << 10
_OVERLAP = 64 << 10  # a match that is longer may be missed


class ContentMatch(NamedTuple):
    """Where a match begins and ends in the file."""

    start: int
    end: int


class ContentPattern:
    """A text, which ignores case unless it has capitals; or a regular expression between slashes, matched line by line.

    Expressions are those of RE2, which takes a time linear in the text. Raises UsageError for an invalid one.
    """

    def __init__(self, typed: str) -> None:
        from layertui.core.analysis.search.linear_regex import LinearRegex

        is_regex = len(typed) > 2 and typed[0] == typed[-1] == "/"
        text = typed[1:-1] if is_regex else typed
        ignore_case = text == text.lower()
        self.typed = typed
        self._plain: re.Pattern[bytes] | None = None
        self._linear: LinearRegex | None = None
        try:
            self._linear = LinearRegex(text, ignore_case=ignore_case, is_text=not is_regex)
        except LayertuiError:
            if is_regex:
                raise
            # Without RE2 a plain text is still found: such a pattern does not backtrack.
            escaped = re.escape(text.encode("utf-8", "surrogateescape"))
            self._plain = re.compile(escaped, re.IGNORECASE if ignore_case else 0)

    def first_in(self, content: bytes, start: int = 0) -> ContentMatch | None:
        """The first match that begins at `start` or later."""
        if self._plain is not None:
            match = self._plain.search(content, start)
            return ContentMatch(match.start(), match.end()) if match else None
        assert self._linear is not None
        found = self._linear.first_in(content, start)
        return ContentMatch(*found) if found else None

    def all_in(self, content: bytes) -> list[ContentMatch]:
        """All matches in a row that are not empty."""
        found, at = [], 0
        while at <= len(content) and (match := self.first_in(content, at)) is not None:
            if match.end > match.start:
                found.append(match)
            at = max(match.end, match.start + 1)
        return found


def next_match(source: PagedContent, pattern: ContentPattern, start: int, progress: Progress) -> ContentMatch | None:
    """The first match that begins at `start` or later. Holes of a sparse file are not searched."""
    progress.begin(tr("searching"), source.size - start)
    while (part := source.data_from(start, source.size)) is not None:
        first, last = part[0], min(part[1], part[0] + _CHUNK)
        base = max(0, first - 1)  # what is before it decides whether a line begins there
        match = pattern.first_in(source.read(base, last + _OVERLAP, progress), first - base)
        if match is not None and base + match.start < last:
            return ContentMatch(base + match.start, base + match.end)
        progress.advance(last - start)
        start = last
    return None


def previous_match(
    source: PagedContent, pattern: ContentPattern, before: int, progress: Progress
) -> ContentMatch | None:
    """The last match that begins before an offset."""
    progress.begin(tr("searching"), before)
    while (part := source.data_before(before)) is not None:
        last = part[1]
        start = max(part[0], last - _BACKWARD_CHUNK)
        base = max(0, start - 1)
        content = source.read(base, last + _OVERLAP, progress)
        found, at = None, start - base
        while (match := pattern.first_in(content, at)) is not None and base + match.start < last:
            found = ContentMatch(base + match.start, base + match.end)
            at = match.start + 1
        if found is not None:
            return found
        progress.advance(before - start)
        before = start
    return None
