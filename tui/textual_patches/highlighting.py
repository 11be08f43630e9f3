"""TextArea whose colours are computed elsewhere and given to it.

Why: Textual colours a TextArea with tree-sitter, which needs a compiled parser for each language, and does so at each key.
Without it: no colours in the editor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layertui.tui.textual_patches.typed_text import TypedText

Span = tuple[int, int, str]
"""Where a word begins and ends in its line, in bytes of UTF-8; and the name of its style in the TextArea's theme."""


class HighlightedText(TypedText):
    """A text field that draws the spans that it was given last."""

    def set_spans(self, spans: Mapping[int, Sequence[Span]]) -> None:
        """Colour each line, numbered from 0, by its spans, and draw the text again."""
        self._highlights.clear()
        self._highlights.update({line: list(words) for line, words in spans.items()})
        self._line_cache.clear()
        self.refresh()

    def spans_outdated(self) -> None:
        """Called after each change of the text, and before the field is mounted too. The old spans stay until new ones are set."""

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self.spans_outdated()
