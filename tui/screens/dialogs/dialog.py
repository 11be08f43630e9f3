"""The frame of every dialog.

The same order in all: what it is about, the fields, the effect, the buttons, and last the equivalent command. Enter confirms,
Esc leaves, Tab goes to the next field. A dialog does the work itself: it shows the progress, stays open after an error with
everything that was typed, and answers only when the work is done: then a notice says what was done.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.format import safe
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.background_work import BackgroundWork
from layertui.tui.screens.shared.base_screen import InspectorDialog
from layertui.tui.widgets.chrome.header_line import job_text
from layertui.tui.widgets.forms.fields import Choice, Line, Tick
from layertui.tui.widgets.forms.path_line import PathLine
from layertui.tui.widgets.text.pieces import fit_middle, wrapped

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.common.jobs import Job
    from layertui.tui.screens.shared.notices import ActNotice

R = TypeVar("R")
T = TypeVar("T")

WIDTH = 74
"""The width of a dialog's lines in cells, if the screen is wide enough."""

HELD_FOR = 2.0
"""Seconds after Enter for which keys are kept for the screen below; later ones were not typed ahead."""

BEHIND_AFTER = 1.0
"""Seconds after which Enter sends the work to the background."""

REFUSED_FOR = 0.3
"""Seconds for which a field is highlighted that accepts no text."""

KEPT, LOST, NOTE = "$text-success", "$text-error", "$text-muted"


class Dialog(InspectorDialog[R]):
    """Title, fields, effect, buttons, command."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #frame {
        width: 78; max-width: 100%; height: auto; max-height: 100%;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        background: $surface; padding: 0 1;
    }
    Dialog #fields { height: auto; margin: 0; }
    Dialog #about, Dialog #effect { height: auto; margin: 0 0 1 0; }
    Dialog #effect { margin: 1 0 0 0; }
    Dialog #outcome { height: auto; color: $text-error; }
    Dialog #outcome.-busy, Dialog #outcome.-hint { color: $text-warning; }
    Dialog .-refused { background: $warning; color: $background; }
    Dialog #buttons { height: 1; margin: 1 0 0 0; align-horizontal: right; }
    Dialog #buttons Button {
        height: 1; min-width: 0; border: none; padding: 0 2; margin: 0 0 0 2; background: $panel; color: $foreground;
        text-style: none;
    }
    Dialog #buttons Button:focus {
        border-left: outer $primary; padding: 0 2 0 1; background: $row-cursor; text-style: bold;
    }
    Dialog #buttons #yes { background: $primary; color: $background; text-style: bold; }
    Dialog #buttons #yes:focus { border-left: outer $background; text-style: bold underline; }
    Dialog.-danger > #frame { border: round $error; border-title-color: $error; }
    Dialog.-danger #buttons #yes { background: $error; }
    Dialog #command { height: auto; max-height: 2; color: $text-disabled; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", tr("confirm"), show=False),
        Binding("ctrl+s", "confirm", tr("confirm"), show=False),  # where Enter starts a new line
        # Priority, as in InspectorDialog: otherwise Tab would move the focus after the next key was delivered to this field.
        Binding("tab", "next_field", tr("complete, or next field"), show=False, priority=True),
    ]

    YES: ClassVar[str] = "OK"
    DANGER: ClassVar[bool] = False
    ONLY_HERE: ClassVar[str] = ""
    """What is said in place of the equivalent command, where there is none."""
    STOPPED: ClassVar[str] = tr("stopped")
    """The message after Esc has stopped the work: whether anything of it is kept."""

    def __init__(self) -> None:
        super().__init__(classes="-danger" if self.DANGER else None)
        self.job: Job[Any] | None = None
        self._held: list[events.Key] = []
        self._background = BackgroundWork(self)

    # -- for subclasses

    def heading(self) -> str:
        """The title in the frame."""
        return ""

    def about(self) -> Content | None:
        """What the dialog is about; None if the title says it."""
        return None

    def fields(self) -> Iterable[Widget]:
        """The fields, from top to bottom; the first one gets the focus."""
        return ()

    def effect(self) -> Content | None:
        """What the action will do, with the current values of the fields."""
        return None

    def command(self) -> Sequence[str]:
        """The words of the equivalent command."""
        return ()

    def act(self) -> ActCommand | None:
        """For the command log: the command that does what was done, in any folder; None if nothing is changed."""
        return ActCommand(command_in(self.engine, self.command()))

    def wrong_field(self, error: Exception) -> str | None:
        """The field that an error of the work is about; None leaves the focus where it is."""
        return None

    def confirm(self) -> None:
        """Start the work."""
        self.dismiss(None)

    # -- the frame

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        with Vertical(id="frame") as frame:
            frame.border_title = Content(fit_middle(self.heading(), WIDTH - 2).rstrip())
            about = self.about()
            if about is not None:
                yield Static(about, id="about")
            with Vertical(id="fields"):
                yield from self.fields()
            yield Static(id="effect")
            yield Static(id="outcome")
            with Horizontal(id="buttons"):
                yield from self.buttons()
            yield Static(id="command")

    def yes_key(self) -> str:
        """The key that confirms, as shown on the button."""
        key = key_name("confirm", "Enter")
        return "⏎" if key == "Enter" else key

    def buttons(self) -> Iterable[Button]:
        """The buttons to confirm and to leave."""
        yield Button(f"{self.YES}  {self.yes_key()}", id="yes")
        yield Button(tr("Cancel  {back}", back=key_name("back", "Esc")), id="no")

    def on_mount(self) -> None:
        """Show the effect before the first key."""
        self.query_one("#outcome").display = False
        self.renew()

    def renew(self) -> None:
        """Update the effect and the command."""
        effect = self.effect()
        place = self.query_one("#effect", Static)
        place.display = effect is not None
        place.update(effect if effect is not None else "")
        words = command_in(self.engine, self.command())
        line = self.query_one("#command", Static)
        line.display = bool(words or self.ONLY_HERE)
        shown = "$ " + command_text(words) if words else self.ONLY_HERE
        line.update(Content(in_two_lines(shown, line.size.width or WIDTH)))

    @on(Input.Changed)
    @on(Tick.Changed)
    @on(Choice.Changed)
    def _field_changed(self) -> None:
        self.show_error_text("")
        self.renew()

    def label_submit(self, text: str) -> None:
        """Set the label of the button."""
        self.query_one("#yes", Button).label = f"{text}  {self.yes_key()}"

    def find_out(
        self, what: str, call: Callable[[Inspector, Progress], T], then: Callable[[T], None], *, group: str
    ) -> None:
        """Read what the dialog needs to know; an error is shown in it."""
        self.ask(what, call, then, group=group, failed=lambda error: self.show_error_text(one_line(error)), quiet=True)

    def show_error_text(self, text: str, *, at: str = "") -> None:
        """Show one red line in the dialog, and focus the wrong field; an empty text removes the line."""
        outcome = self.query_one("#outcome", Static)
        outcome.remove_class("-busy", "-hint")
        outcome.display = bool(text)
        outcome.update(Content(safe(text)))
        if at:
            self._correct(self.query_one(at))

    def _correct(self, field: Widget) -> None:
        """Focus a field and keep its text: the cursor goes to the end."""
        if isinstance(field, Line) and not field.has_focus:
            field.correcting = True
        field.focus()

    # -- typing

    def action_next_field(self) -> None:
        """Accept a completion if there is one, otherwise go to the next field."""
        focused = self.focused
        if not (isinstance(focused, PathLine) and focused.complete()):
            self.focus_next()

    def on_key(self, event: events.Key) -> None:
        """A character typed where no text is accepted changes nothing, and highlights the widget."""
        focused = self.focused
        if self.job is not None and self.busy:
            if event.is_printable and monotonic() - self.job.began < HELD_FOR:
                self._held.append(event)
            return
        if not event.is_printable or focused is None or isinstance(focused, Input | TextArea):
            return
        if event.key in self.active_bindings:
            return
        event.stop()
        what = {
            Tick: tr("{turn} ticks this box", turn=key_name("turn", "Space")),
            Choice: tr("← and → choose here"),
        }.get(type(focused), tr("This is a button"))
        outcome = self.query_one("#outcome", Static)
        outcome.add_class("-hint")
        outcome.display = True
        outcome.update(
            Content(
                tr(
                    "{what}; {next_field} and {previous_field} lead to a field for text.",
                    what=what,
                    next_field=key_name("next_field", "Tab"),
                    previous_field=key_name("app.focus_previous", "Shift+Tab"),
                )
            )
        )
        focused.add_class("-refused")
        self.set_timer(REFUSED_FOR, lambda: focused.remove_class("-refused"))

    # -- the work

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def action_confirm(self) -> None:
        """Enter, or the button."""
        if not self.busy:
            self.show_error_text("")
            self.confirm()
        elif self._may_go_on_behind:
            self._background.begin()
            self.show_notice(
                tr(
                    "It goes on in the background: {jobs} lists what is running, and stops it.",
                    jobs=key_name("jobs", "J"),
                )
            )

    @on(Button.Pressed, "#no")
    def action_back(self) -> None:
        """Stop the work, or leave."""
        if self.job is not None and self.busy:
            self.job.stop()
        else:
            self.dismiss(None)

    def finish(self, answer: R, notice: ActNotice, *, made: str = "") -> None:
        """The work is done: show a notice, and answer. Keys typed ahead go to the screen below.

        `made` is the ID of an image that the command prints; each run makes one with another ID.
        """
        act = self.act()
        self.announce(notice, act if act is None else replace(act, prints=made))
        if self._background.is_active:
            self._background.end()
            return
        self.dismiss(answer)
        for event in self._held:
            self.app.post_message(events.Key(event.key, event.character))

    @property
    def _may_go_on_behind(self) -> bool:
        """Whether Enter sends the work to the background: not at once, as it may have been pressed twice."""
        return self.job is not None and monotonic() - self.job.began >= BEHIND_AFTER

    @property
    def busy(self) -> bool:
        """Whether the work is in progress."""
        return self.job is not None and not self.job.over

    def do(
        self,
        title: str,
        call: Callable[[Inspector, Progress], T],
        then: Callable[[T], object],
    ) -> None:
        """Do the work in a thread, and show its progress; after an error the dialog stays open, at the field that is wrong."""
        fields, focused = self.query_one("#fields"), self.focused
        fields.disabled = True

        def ready(text: str) -> None:
            fields.disabled = False
            self.show_error_text(text)
            if focused is not None:  # disabling removes the focus
                self._correct(focused)

        def ended(text: str) -> None:
            if self._background.is_active and text != self.STOPPED:
                self._background.fail(title, text, lambda: ready(text))
                return
            self._background.end()
            if self.is_attached and self in self.app.screen_stack:
                ready(text)

        def wrong(error: Exception) -> None:
            ended(one_line(error))
            if self in self.app.screen_stack and (field := self.wrong_field(error)) is not None:
                self._correct(self.query_one(field))

        def done(answer: T) -> None:
            then(answer)

        self.job = self.ask(title, call, done, group="dialog", failed=wrong, stopped=lambda: ended(self.STOPPED))
        self._show_progress()
        self.set_interval(0.1, self._show_progress, name="progress")

    def _show_progress(self) -> None:
        if self.job is None or not self.busy:
            return
        outcome = self.query_one("#outcome", Static)
        outcome.add_class("-busy")
        outcome.display = True
        progress = job_text((self.job.state,), max(20, self.query_one("#frame").size.width - 4))
        behind = (
            tr("\n{confirm} goes on in the background.", confirm=key_name("confirm", "Enter"))
            if self._may_go_on_behind
            else ""
        )
        outcome.update(Content(progress + behind))


def in_two_lines(text: str, width: int) -> str:
    """A text cut to two lines; an ellipsis shows that it was cut."""
    first, *rest = wrapped(text, width)
    return text if len(rest) <= 1 else f"{first}\n{fit_middle(text[len(first) :].lstrip(), width)}"


def command_text(words: Sequence[str]) -> str:
    """A command as it can be typed."""
    return safe(shlex.join(words))


def lines(*parts: tuple[str, str] | None) -> Content:
    """Lines of text with one colour each; None is left out."""
    kept = [part for part in parts if part is not None]
    return Content("\n").join([Content.styled(text, style) for text, style in kept])
