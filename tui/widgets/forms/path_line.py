"""A field for a path, with completion."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.suggester import SuggestionReady
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.forms.fields import Line


def completes() -> str:
    """The hint of a dialog's field for a path: which key completes it."""
    return tr("{tab} completes", tab=key_name("next_field", "Tab"))


class PathLine(Line):
    """A field for a path: it requests completions, and receives them by `offer`.

    A prefilled folder is the beginning of a path: a name typed after it continues the path, a slash starts another one.
    """

    class Wanted(Message):
        """The text has changed, and needs completions."""

        def __init__(self, line: PathLine, text: str) -> None:
            super().__init__()
            self.line = line
            self.text = text

        @property
        def control(self) -> PathLine:
            return self.line

    _filled_in = ""
    """The prefilled folder, with its slash, until another text is typed."""
    _offered = ("", "")
    """The typed text, and its completion."""

    def on_mount(self) -> None:
        """Request completions at once: the names in the first folder help before a key is pressed."""
        super().on_mount()
        self._filled_in = self.value if self.value.endswith("/") else ""
        if not self.value:  # Textual reports an initial text as a change
            self.post_message(self.Wanted(self, ""))

    def on_focus(self) -> None:
        """Do not select a prefilled folder, since more is typed after it. The handler of `Line` comes after this."""
        if self.value and self.value == self._filled_in:
            self.correcting = True
            self.cursor_position = len(self.value)

    def on_key(self, event: events.Key) -> None:
        """A slash directly after the prefilled folder starts another path."""
        if event.character == "/":
            self._start_over()

    def on_paste(self, event: events.Paste) -> None:
        """So does an absolute path that is pasted there."""
        if event.text.startswith("/"):
            self._start_over()

    def _start_over(self) -> None:
        if self.value and self.value == self._filled_in:
            self.select_all()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.post_message(self.Wanted(self, event.value))

    def complete(self) -> bool:
        """Accept the completion shown after the cursor; False if there is none."""
        text, candidate = self._offered
        if not text or text != self.value or self.cursor_position != len(text) or not self.selection.is_empty:
            return False
        self.value = candidate
        self.cursor_position = len(candidate)
        return True

    def offer(self, text: str, candidates: Sequence[str]) -> None:
        """Completions of a text; the first is shown after the cursor, and Tab or the right arrow key accepts it.

        If nothing of a name is typed yet and there are several, none is shown.
        """
        guess = text.endswith("/") or not text
        if candidates and text == self.value and candidates[0] != text and not (guess and len(candidates) > 1):
            self._offered = (text, candidates[0])
            self.post_message(SuggestionReady(text, candidates[0]))
