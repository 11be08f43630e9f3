"""The base of every screen and dialog: calls the Inspector in a thread, and shows messages to the user.

A screen never waits: it starts a call with a function for the result, and continues to draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, TypeVar, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.shared.key_actions import Action, refusal_of, remapped_in
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.notice_room import NoticeRoom, fit_dialog

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress
    from layertui.tui.common.command_log import ActCommand
    from layertui.tui.common.jobs import Job, Jobs
    from layertui.tui.common.screen_memory import Memory
    from layertui.tui.screens.shared.notices import ActNotice, NoticeBoard
    from layertui.tui.screens.shared.undo import UndoBoard

T = TypeVar("T")
R = TypeVar("R")

REFUSAL_SECONDS = 3.0
"""Seconds for which the reason why a key does nothing is shown; pressed again meanwhile, the key adds no second line."""


class Host(Protocol):
    """What the screens need of the app; a protocol, because the app imports the screens."""

    @property
    def inspector(self) -> Inspector: ...

    @property
    def jobs(self) -> Jobs: ...

    @property
    def notices(self) -> NoticeBoard: ...

    @property
    def undo(self) -> UndoBoard: ...

    @property
    def memory(self) -> Memory: ...

    def show_notice(self, text: str, *, severity: str = "information", seconds: float = 5) -> None: ...

    def bring_in(self, path: str = "") -> None: ...

    def start_container(self, name: str, engine: str = "") -> None: ...

    @property
    def default_engine(self) -> str: ...

    @property
    def confirm(self) -> str: ...

    @property
    def start_shows(self) -> str: ...


class Asking:
    """Mixed into screens and dialogs, for calls and messages."""

    engine: str = ""
    """The engine in which the names that it was given are looked up; empty: the default one."""

    def on_engine(self, engine: str) -> Self:
        """The same, with its names looked up in this engine: to be said before it is shown."""
        self.engine = engine
        return self

    @property
    def host(self) -> Host:
        """The app, as seen by screens."""
        return cast("Host", cast("DOMNode", self).app)

    @property
    def inspector(self) -> Inspector:
        """The interface of the core. Only for jobs: its calls block."""
        return self.host.inspector

    def ask(
        self,
        title: str,
        call: Callable[[Inspector, Progress], T],
        then: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[Exception], None] | None = None,
        stopped: Callable[[], None] | None = None,
        quiet: bool = False,
        engine: str | None = None,
    ) -> Job[T]:
        """Make a core call in a thread; `then` gets its result while this screen exists.

        The call gets the Inspector of `engine`, or of this screen's own one. A newer question of the same group stops the older one. Without `failed` an error is shown as a notice.
        A `quiet` job has no place in the header line.
        """
        host = self.host
        return host.jobs.start(
            cast("DOMNode", self),
            title,
            lambda progress: call(self.inspector_of(engine), progress),
            then,
            group=group,
            failed=failed or self.show_error,
            stopped=stopped,
            quiet=quiet,
        )

    def inspector_of(self, engine: str | None = None) -> Inspector:
        """The Inspector of an engine by its name; None: of this screen's own one. For jobs only: its calls block."""
        name = self.engine if engine is None else engine
        inspector = self.host.inspector
        return inspector.of(name) if name else inspector

    def follow(self, container: str | None, changed: Callable[[frozenset[str]], None]) -> None:
        """Hear of what changes in the place, and of this container, from now on; instead of what was followed before."""

        def call(progress: Progress) -> Iterator[frozenset[str]]:
            return self.inspector_of().changes(container, progress)

        self.host.jobs.follow(cast("DOMNode", self), call, changed, group="changes")

    def unfollow(self) -> None:
        """Stop following."""
        self.host.jobs.unfollow(cast("DOMNode", self), "changes")

    def show_notice(self, text: str, *, severity: str = "information", seconds: float = 5) -> None:
        """Show a message for a while."""
        self.host.show_notice(text, severity=severity, seconds=seconds)

    def announce(self, notice: ActNotice, command: ActCommand | None) -> None:
        """Show what an action has done, and the keys that continue from there; `command` does the same, None if nothing was done."""
        self.host.notices.show(notice, command)

    def show_error(self, error: Exception) -> None:
        """Show an error as one line, never a traceback."""
        self.show_notice(one_line(error), severity="error", seconds=10)


def numbered(action: str, destinations: Iterable[tuple[str, str]]) -> list[BindingType]:
    """The keys `1`, `2` … for named destinations."""
    return [
        Binding(str(number), f"{action}('{target}')", tr("go to {name}", name=name), show=False)
        for number, (target, name) in enumerate(destinations, 1)
    ]


ZOOM_KEYS = (
    Binding("plus", "zoom(1)", tr("grow the pane"), show=False),
    Binding("underscore", "zoom(-1)", tr("shrink the pane"), show=False),
)


class Leaving(Screen[R]):
    """A screen that a job's result can dismiss, whatever is above it by then, even if it was dismissed before."""

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Dismiss this screen with a result, and those above it without one; Textual would dismiss only the top one."""
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while self.app.screen is not self:
            self.app.pop_screen()
        return super().dismiss(result)


class InspectorScreen(Asking, Leaving[R]):
    """A full screen: a header line above, a key bar below. Esc goes back, `q` closes it; neither quits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", tr("back"), show=False),
        Binding("q", "close", tr("close"), tooltip=tr("Close this screen, and go back to the one below")),
    ]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """The focused widget. Only two frames change colour with it; Textual would redraw the whole screen."""

    def __init__(self) -> None:
        super().__init__()
        self._actions: dict[str, Action] = {}
        self._refused = ("", 0.0)
        self._notice_room = NoticeRoom()

    def on_mount(self) -> None:
        """Say in the head line which engine the screen is about; make room for notices."""
        self.screen_layout_refresh_signal.subscribe(self, self._notice_room.fit)
        for header in self.query(HeaderLine):
            header.engine = header.engine or self.engine or self.host.default_engine

    def offer(self, actions: Mapping[str, Action]) -> None:
        """Make the actions of a part available to bindings: Textual looks `create` up as the screen's attribute `action_create`."""
        self._actions.update(actions)
        for name, action in actions.items():
            setattr(self, f"action_{name}", action.run)

    def has_offered(self, name: str) -> bool:
        """Whether a part of the screen has this action."""
        return name in self._actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action can be done now: if its part has no reason against it."""
        offered = self._actions.get(action)
        return super().check_action(action, parameters) if offered is None else not offered.refusal()

    def refusal(self, key: str) -> str:
        """Why a key does nothing here; empty if it does something, or is not bound."""
        around = [self] if self.focused is None else self.focused.ancestors_with_self
        nodes = (node for node in around if node is not self.app)
        return refusal_of(key, nodes, self._actions, remapped_in(self.app))

    def on_key(self, event: events.Key) -> None:
        """Show the reason if a key does nothing here."""
        why = self.refusal(event.key)
        if not why or (why == self._refused[0] and monotonic() < self._refused[1]):
            return
        self._refused = why, monotonic() + REFUSAL_SECONDS
        self.show_notice(
            tr("{sentence}.", sentence=why[:1].upper() + why[1:]), severity="warning", seconds=REFUSAL_SECONDS
        )

    def action_back(self) -> None:
        """Stop the newest job of this screen if one runs, otherwise go back to the screen below; what runs in the background goes on."""
        if self.host.jobs.stop_newest_of(self):
            self.show_notice(tr("Stopped."), seconds=2)
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Go back to the screen below, even if a job runs or a filter is set."""
        self.dismiss(None)


class InspectorDialog(Asking, Leaving[R], ModalScreen[R]):
    """A dialog above a screen. Esc leaves it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", tr("cancel"), show=False),
        # Textual's own, but with priority: otherwise Tab would move the focus after the next key was delivered to this field.
        Binding("tab", "app.focus_next", tr("next field"), show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", tr("previous field"), show=False, priority=True),
    ]

    def on_mount(self) -> None:
        """Make room for notices."""
        self.screen_layout_refresh_signal.subscribe(self, fit_dialog)

    def action_back(self) -> None:
        """Leave without an answer, even if a job runs."""
        self.dismiss(None)
