"""Fields of a dialog, one line each: a text with its label, a checkbox, a choice.

Enter is left to the dialog, which confirms with it. Space, the arrow keys or a click change a checkbox or a choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Label

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.textual_patches.typed_line import TypedLine

LABEL_WIDTH = 13


class Line(TypedLine):
    """A text field of one line without a border, which would cost two more."""

    DEFAULT_CSS = """
    Line { border: none; height: 1; padding: 0 1; width: 1fr; background: $panel; }
    Line:focus { border: none; border-left: outer $primary; padding: 0 1 0 0; background: $row-cursor; }
    Line.-invalid { border: none; }
    Line.-invalid:focus { border: none; border-left: outer $primary; }
    Line > .input--placeholder, Line > .input--suggestion { color: $text-muted; }
    """

    correcting = False
    """Whether the next focus is for a correction: then the text is not selected, and the cursor stays."""
    _untouched = False
    """Whether it got the focus, and since then neither a key nor a click."""

    def on_mount(self) -> None:
        self.cursor_blink = False

    def on_focus(self) -> None:
        """Select a prefilled text, so that the first letter replaces it; Textual's own selection comes after this."""
        self.select_on_focus = self._untouched = not self.correcting
        self.correcting = False

    def on_key(self, event: events.Key) -> None:
        self._untouched = False

    def on_click(self, event: events.Click) -> None:
        """The first click selects a prefilled text, as Tab does, and so does a double click; another one puts the cursor there."""
        if (self._untouched or event.chain > 1) and self.selection.is_empty:
            self.select_all()
        self._untouched = False


class Field(Horizontal):
    """A row of a dialog: a label, what is filled in, and a hint at the right."""

    DEFAULT_CSS = f"""
    Field {{ height: 1; margin: 0; }}
    Field > Label {{ width: {LABEL_WIDTH}; color: $text-muted; }}
    Field > .hint {{ width: auto; max-width: 50%; padding: 0 0 0 1; color: $text-disabled; }}
    """

    def __init__(self, label: str, *inside: Widget, hint: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label
        self._inside = inside
        self._hint = hint

    def compose(self) -> ComposeResult:
        yield Label(self._label, markup=False)
        yield from self._inside
        if self._hint:
            yield Label(self._hint, markup=False, classes="hint")


class Tick(Widget, can_focus=True):
    """A checkbox, one line high; Space or a click toggles it."""

    TITLE_OF_KEYS = tr("Tick")

    DEFAULT_CSS = """
    Tick { height: 1; width: auto; padding: 0 1; }
    Tick:focus { border-left: outer $primary; padding: 0 1 0 0; background: $row-cursor; text-style: bold; }
    Tick.-off-limits { color: $text-disabled; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "turn", tr("Turn on or off"), show=False)]

    value: reactive[bool] = reactive(False)

    class Changed(Message):
        """It was ticked or cleared."""

        def __init__(self, tick: Tick, value: bool) -> None:
            super().__init__()
            self.tick = tick
            self.value = value

        @property
        def control(self) -> Tick:
            return self.tick

    def __init__(self, label: str, *, value: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.label = label
        self.set_reactive(Tick.value, value)

    def render(self) -> Content:
        """The mark and the label; the mark differs by a letter as well as by colour."""
        mark = ("[x] ", "$text-success bold") if self.value else ("[ ] ", "$text-muted")
        return Content.assemble(mark, (safe(self.label), ""))

    def get_content_width(self, *_args: object) -> int:
        return cell_len(self.label) + 4

    def show(self, value: bool) -> None:
        """Set the value by the program: no message is sent."""
        self.set_reactive(Tick.value, value)
        self.refresh()

    def watch_value(self, value: bool) -> None:
        if self.is_attached:
            self.post_message(self.Changed(self, value))

    def action_turn(self) -> None:
        self.value = not self.value

    def on_click(self) -> None:
        self.action_turn()


class Choice(Widget, can_focus=True):
    """A choice of one of a few options."""

    TITLE_OF_KEYS = tr("Choice")

    DEFAULT_CSS = """
    Choice { height: 1; width: auto; padding: 0 1; }
    Choice:focus { border-left: outer $primary; padding: 0 1 0 0; background: $row-cursor; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "turn(-1)", tr("Previous"), show=False),
        Binding("right,down,space", "turn(1)", tr("Next"), show=False),
    ]

    value: reactive[str] = reactive("")

    class Changed(Message):
        """Another option was chosen."""

        def __init__(self, choice: Choice, value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        value: str | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self.set_reactive(Choice.value, self.options[0][0] if value is None else value)

    def show_options(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Set other options by the program: no message is sent."""
        self.options = tuple(options)
        self.set_reactive(Choice.value, value)
        self.refresh(layout=True)

    def _texts(self) -> list[str]:
        return [f"{'(•)' if value == self.value else '( )'} {label}" for value, label in self.options]

    def render(self) -> Content:
        """All options, the chosen one bold and with a dot."""
        parts: list[tuple[str, str]] = []
        for (value, _), text in zip(self.options, self._texts(), strict=True):
            parts.append((text, "bold" if value == self.value else "$text-muted"))
            parts.append(("   ", ""))
        return Content.assemble(*parts[:-1])

    def get_content_width(self, *_args: object) -> int:
        return sum(cell_len(text) + 3 for text in self._texts()) - 3

    def watch_value(self, value: str) -> None:
        if self.is_attached:
            self.post_message(self.Changed(self, value))

    def action_turn(self, by: int) -> None:
        """Choose the next option, or the previous one."""
        values = [value for value, _ in self.options]
        self.value = values[(values.index(self.value) + by) % len(values)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        at = 0
        for (value, _), text in zip(self.options, self._texts(), strict=True):
            if offset is not None and at <= offset.x < at + cell_len(text):
                self.value = value
            at += cell_len(text) + 3
