"""Notices: after each action a line that says what was done to what, where the result is, and which keys continue from there.

A notice is shown for a while, or until it is no longer true; meanwhile its keys do what it says, whatever else they mean on that screen. A click on a key presses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from textual.content import Content
from textual.screen import ModalScreen
from textual.style import Style

from layertui.core.language.texts import tr
from layertui.tui.common.command_log import CommandLog
from layertui.tui.common.format import one_line, size
from layertui.tui.common.keys.key_names import palette_key
from layertui.tui.textual_patches.withdrawn_notice import withdraw

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel

    from layertui.core.containers.model.container import Container
    from layertui.tui.common.command_log import ActCommand

SHOWN_FOR = 10.0
"""Seconds for which a notice is shown, and its keys work."""


@dataclass(frozen=True, slots=True)
class NextKey:
    """A key that works while the notice is shown, and what it does, as a verb: `copies the path`."""

    key: str
    """Its label; `key_name` says the one of an action."""
    does: str
    run: Callable[[], object] | None = None
    """None if the screen's own key does it already."""
    unless: Callable[[], bool] | None = None
    """True if the key means something else by now, since the user has begun another action with it."""


@dataclass(frozen=True, slots=True)
class ActNotice:
    """The result of an action as one sentence that names its object; a path in it is absolute."""

    text: str
    next_keys: tuple[NextKey, ...] = ()
    of: Container | None = None
    """The container whose state it tells: once that has another one, the notice is no longer shown."""
    deleted: str = ""
    """The ID of the container that is no more: no notice tells its state any longer."""

    @property
    def line(self) -> str:
        """The notice as shown; without control characters or markup."""
        return self.content.plain

    @property
    def content(self) -> Content:
        """The notice as shown, each key with what it does as a link that presses it."""
        links = (
            (f"{next_key.key} {next_key.does}", Style.from_meta({"@click": f"app.simulate_key({next_key.key!r})"}))
            for next_key in self.next_keys
        )
        return Content("  ·  ").join([Content(one_line(self.text)), *(Content.styled(*link) for link in links)])


@dataclass(frozen=True, slots=True)
class _Shown:
    until: float
    notice: ActNotice
    """Without keys that were pressed."""
    message: str
    """What Textual was given to show."""


class NoticeBoard:
    """Shows the notices of one app, runs their keys, and keeps the command log."""

    def __init__(self, app: App[Any], log: CommandLog | None = None) -> None:
        self._app = app
        self.log = log or CommandLog()
        self._shown: list[_Shown] = []
        """Notices, oldest first."""

    def show(self, notice: ActNotice, command: ActCommand | None, *, severity: SeverityLevel = "information") -> None:
        """Show a notice; a key that another one offers too belongs to the newer one.

        `command` does the same as the act, for the command log; None if the notice is about none.
        """
        if command is not None:
            self.log.add(notice.text, command)
        if notice.of is not None:
            self.states_are((notice.of,))
        if notice.deleted:
            self._keep_only(lambda shown: shown.id != notice.deleted)
        # An action that has lost its key is named with that of the palette, which goes on as ever.
        keys = tuple(one for one in notice.next_keys if one.key != palette_key())
        notice = replace(notice, next_keys=keys)
        # Textual's notices take Content where they take markup; and no text that came from a name is to be read as markup.
        message = cast("str", notice.content)
        self._shown.append(_Shown(monotonic() + SHOWN_FOR, notice, message))
        self._app.notify(message, timeout=SHOWN_FOR, markup=True, severity=severity)

    def states_are(self, containers: Iterable[Container]) -> None:
        """Containers as they are now: what notices say of other states of them is no longer true, and goes."""
        if any(one.notice.of is not None for one in self._shown):
            states = {container.id: container.state for container in containers}
            self._keep_only(lambda shown: states.get(shown.id, shown.state) == shown.state)

    def _keep_only(self, is_true: Callable[[Container], bool]) -> None:
        """Take back the notices that tell the state of a container, unless it is true."""
        kept = [one for one in self._shown if one.notice.of is None or is_true(one.notice.of)]
        for one in self._shown:
            if one not in kept:
                withdraw(self._app, one.message)
        self._shown = kept

    def run_key(self, key: str) -> bool:
        """Run a notice's key, by its label, once; False if no notice has it, or while text is typed.

        The notice is shown no longer, as after a click on it: what it offered is done. Its other keys work on.
        """
        now = monotonic()
        self._shown = [one for one in self._shown if one.until > now]
        focused = self._app.focused
        if isinstance(self._app.screen, ModalScreen) or (focused is not None and focused.check_consume_key(key, key)):
            return False
        for at, shown in reversed(list(enumerate(self._shown))):
            for next_key in shown.notice.next_keys:
                if next_key.key != key or (next_key.unless is not None and next_key.unless()):
                    continue
                if next_key.run is not None:
                    others = tuple(other for other in shown.notice.next_keys if other is not next_key)
                    self._shown[at] = replace(shown, notice=replace(shown.notice, next_keys=others))
                    withdraw(self._app, shown.message)
                    next_key.run()
                    return True
        return False


def written_file(done: str, what: str, path: Path, more: str = "") -> str:
    """The sentence for an action that wrote a file or folder of the host. It may block: call it in a job.

    `done` is a text of the catalogues with places for `what` was written and the `place`.
    """
    place = path.expanduser().absolute()
    sentence = done.format(what=what, place=place)
    if place.is_file():
        sentence = tr("{sentence}, {size}", sentence=sentence, size=size(place.stat().st_size))
    return sentence + more
