"""A text editor with syntax highlighting that is computed after the key press, without a parser of its own.

Textual highlights its TextArea with tree-sitter, a compiled parser for each language. Pygments, which is installed
anyway, knows many more. It parses the whole text, so it runs in a job's thread (`spans_of`) and not at each key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from rich.style import Style
from textual.color import Color
from textual.message import Message
from textual.timer import Timer
from textual.widgets.text_area import TextAreaTheme

from layertui.tui.textual_patches.highlighting import HighlightedText, Span
from layertui.tui.widgets.files.preview import lexer_for
from layertui.tui.widgets.text.theme_styles import ThemeStyles

LIMIT = 64 * 1024
"""Bytes up to which a text is highlighted."""

PAUSE = 0.15
"""Seconds without a key before the text is highlighted again."""

# Pygments' kinds of words, of which the first match counts; each with a variable of the theme and a style.
KINDS: tuple[tuple[str, str, str], ...] = (
    ("Comment", "text-muted", "italic"),
    ("Keyword", "text-accent", ""),
    ("Operator.Word", "text-accent", ""),
    ("Literal.String", "text-success", ""),
    ("Literal.Number", "text-warning", ""),
    ("Name.Function", "text-primary", ""),
    ("Name.Class", "text-secondary", ""),
    ("Name.Builtin", "text-secondary", ""),
    ("Name.Tag", "text-primary", ""),
    ("Name.Attribute", "text-primary", ""),
    ("Name.Decorator", "text-warning", ""),
    ("Name.Variable", "text-secondary", ""),
    ("Generic.Heading", "text-primary", "bold"),
)


def spans_of(path: str, text: str) -> dict[int, list[Span]]:
    """The highlighted words of each line, by line from 0; none for an unknown type of file."""
    if len(text) > LIMIT:
        return {}
    name = lexer_for(path, text.partition("\n")[0])
    if name is None:
        return {}
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

    lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    return _by_line((str(kind).removeprefix("Token."), word) for kind, word in lexer.get_tokens(text))


def _by_line(words: Iterable[tuple[str, str]]) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    line = column = 0
    for kind, word in words:
        ink = next((ink for ink, _, _ in KINDS if kind.startswith(ink)), None)
        for number, part in enumerate(word.split("\n")):
            if number:
                line, column = line + 1, 0
            width = len(part.encode("utf-8", "surrogatepass"))
            if ink is not None and part.strip():
                found[line].append((column, column + width, ink))
            column += width
    return dict(found)


def _coloured(colour: Color | None) -> Style:
    return Style.null() if colour is None else Style(color=colour.rich_color)


class Editor(HighlightedText):
    """A TextArea that reports when its highlighting is outdated, and receives a new one (`colour`)."""

    class Stale(Message):
        """The text has changed, and a short time has passed."""

        def __init__(self, editor: Editor, text: str) -> None:
            super().__init__()
            self.editor = editor
            self.text = text

        @property
        def control(self) -> Editor:
            return self.editor

    _pause: Timer | None = None

    def on_mount(self) -> None:
        """No blinking cursor, and the theme's colours."""
        self.cursor_blink = False
        inks = ThemeStyles(self.app.theme_variables)
        styles = {ink: _coloured(inks.colour(variable)) + Style.parse(style) for ink, variable, style in KINDS}
        self.register_theme(TextAreaTheme("layertui", syntax_styles=styles))
        self.theme = "layertui"

    def colour(self, text: str, spans: Mapping[int, list[Span]]) -> None:
        """Highlight the text, if it is still the one that the spans were computed for."""
        if text != self.text:
            return
        self.set_spans(spans)

    def spans_outdated(self) -> None:
        """After a pause in the keys, request new spans."""
        if not self.is_attached:
            return
        if self._pause is None:
            self._pause = self.set_timer(PAUSE, self._say_stale)
        else:
            self._pause.reset()
            self._pause.resume()

    def _say_stale(self) -> None:
        self._pause = None
        self.post_message(self.Stale(self, self.text))
