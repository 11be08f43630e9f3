"""A field for a path, which completes."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.suggester import SuggestionReady
from textual.widgets import Input

from layertui.tui.widgets.forms.fields import Line


class PathLine(Line):
    """A path that completes: it says what was typed, and is told what could follow (`offer`).

    A folder that is filled in is the beginning of a path: a name typed behind it goes on from there, a slash begins anew.
    """

    class Wanted(Message):
        """The text has changed: what could it become?"""

        def __init__(self, line: PathLine, text: str) -> None:
            super().__init__()
            self.line = line
            self.text = text

        @property
        def control(self) -> PathLine:
            """The field it comes from."""
            return self.line

    _filled_in = ""
    """The folder that was filled in, with its slash, until another text is typed."""
    _offered = ("", "")
    """The text that was typed, and what it could become."""

    def on_mount(self) -> None:
        """Ask at once: the first folder's names help before a key is pressed."""
        super().on_mount()
        self._filled_in = self.value if self.value.endswith("/") else ""
        if not self.value:  # a text that is there from the start is told as a change
            self.post_message(self.Wanted(self, ""))

    def on_focus(self) -> None:
        """A folder that is filled in is not selected, since more is typed behind it. The handler of `Line` comes after this."""
        if self.value and self.value == self._filled_in:
            self.correcting = True
            self.cursor_position = len(self.value)

    def on_key(self, event: events.Key) -> None:
        """A slash right behind the folder that was filled in begins another path."""
        if event.character == "/":
            self._begin_anew()

    def on_paste(self, event: events.Paste) -> None:
        """So does a whole path that is pasted there."""
        if event.text.startswith("/"):
            self._begin_anew()

    def _begin_anew(self) -> None:
        if self.value and self.value == self._filled_in:
            self.select_all()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Each change is a question."""
        self.post_message(self.Wanted(self, event.value))

    def complete(self) -> bool:
        """Take what is shown behind the cursor; False where nothing is."""
        text, candidate = self._offered
        if not text or text != self.value or self.cursor_position != len(text) or not self.selection.is_empty:
            return False
        self.value = candidate
        self.cursor_position = len(candidate)
        return True

    def offer(self, text: str, candidates: Sequence[str]) -> None:
        """What the text could become; the first is shown behind the cursor, and Tab or the right arrow key takes it.

        Where nothing of a name is typed yet, one of many would be a guess.
        """
        guess = text.endswith("/") or not text
        if candidates and text == self.value and candidates[0] != text and not (guess and len(candidates) > 1):
            self._offered = (text, candidates[0])
            self.post_message(SuggestionReady(text, candidates[0]))
