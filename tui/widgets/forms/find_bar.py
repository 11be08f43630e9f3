"""The find bar: filters the pane that opened it while the user types."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from layertui.core.language.texts import tr
from layertui.tui.textual_patches.typed_line import TypedLine
from layertui.tui.widgets.forms.typed_history import TypedHistory


class FindLine(TypedLine):
    """The field for the pattern."""

    TITLE_OF_KEYS = tr("Filter")

    # Its own word for Enter in the key bar.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", tr("keep"), tooltip=tr("Go to the first match")),
        Binding("up", "older", tr("older filters"), show=False, tooltip=tr("Older filters; Down goes back")),
    ]

    history: TypedHistory | None = None

    def action_older(self) -> None:
        """The filter that was typed before this one."""
        if self.history is not None:
            self.history.step(self, 1)


ABOVE_BAR = "-above-find-bar"
"""Class of a screen's notices while it has a bar, which is where they would be shown."""


class FindBar(Horizontal):
    """One line: the pattern, where it is searched, and the number of matches."""

    DEFAULT_CSS = """
    FindBar { height: 1; background: $panel; }
    FindBar > Static { width: auto; padding: 0 1; color: $text-warning; text-style: bold; }
    FindBar > .count { color: $text-muted; text-style: none; }
    FindBar > Input { width: 1fr; border: none; padding: 0; height: 1; background: $panel; }
    FindBar > Input:focus { border: none; background-tint: $panel 0%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", tr("clear"), tooltip=tr("Clear the filter, keep the cursor")),
        Binding("down", "newer", tr("newer filters, or keep"), show=False),
    ]

    class Typed(Message):
        """The text has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done: the filter is kept or cleared."""

        def __init__(self, *, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    def __init__(
        self,
        what: str,
        text: str = "",
        *,
        sign: str = "/",
        placeholder: str = tr("text, *.glob or /regex/"),
        id: str | None = None,
        history: TypedHistory | None = None,
    ) -> None:
        """`history` are the texts that Up goes to."""
        super().__init__(id=id)
        self._history = history
        self._what = f"{sign} {what}"
        self._text = text
        self._placeholder = placeholder
        self._notices: list[Widget] = []
        # Made here, since a job may report a count before the bar is composed.
        self._count = Static("", classes="count", markup=False)

    def compose(self) -> ComposeResult:
        yield Static(self._what, markup=False)
        yield FindLine(self._text, placeholder=self._placeholder, select_on_focus=False, compact=True)
        yield self._count

    def on_mount(self) -> None:
        line = self.query_one(FindLine)
        line.history = self._history
        line.focus()
        self._notices = [*self.screen.query("#textual-toastrack")]
        for notices in self._notices:
            notices.add_class(ABOVE_BAR)

    def on_unmount(self) -> None:
        for notices in self._notices:
            notices.remove_class(ABOVE_BAR)

    @property
    def typed(self) -> str:
        """What is in the field."""
        return self.query_one(Input).value

    def show_count(self, text: str) -> None:
        """Show the number of matches, or what is wrong with the expression."""
        self._count.update(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    def action_clear(self) -> None:
        self.post_message(self.Closed(keep=False))

    def action_newer(self) -> None:
        """The newer filter; from the newest, as Enter."""
        if self._history is None or not self._history.step(self.query_one(FindLine), -1):
            self.action_keep()

    def action_keep(self) -> None:
        self.post_message(self.Closed(keep=True))

    def on_key(self, event: events.Key) -> None:
        """Tab leaves the bar as Enter does, and goes to the panes."""
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            self.action_keep()
