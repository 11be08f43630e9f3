"""Lifecycle dialogs of a container: send a signal, rename it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.dialogs.dialog import LOST, NOTE, Dialog, lines
from layertui.tui.screens.shared.clipboard import copy_key
from layertui.tui.screens.shared.notices import ActNotice
from layertui.tui.widgets.forms.fields import Choice, Field, Line

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

SIGNALS = (("TERM", "TERM"), ("KILL", "KILL"), ("INT", "INT"), ("HUP", "HUP"), ("USR1", "USR1"))


class KillDialog(Dialog["Container | None"]):
    """Asks for a signal; the answer is the container afterwards."""

    YES = tr("Send")
    DANGER = True

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container

    def heading(self) -> str:
        return tr("Signal to {container}", container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        """The usual signals to choose from; or any."""
        yield Field(tr("Signal"), Choice(SIGNALS, id="signal"))
        yield Field(tr("Other"), Line(placeholder=tr("e.g. QUIT, 28 or RTMIN+3"), id="other"))

    def _signal(self) -> str:
        return self.query_one("#other", Input).value.strip() or self.query_one("#signal", Choice).value

    def effect(self) -> Content:
        """KILL ends it; any other signal can be handled by the process."""
        if self._signal().upper().removeprefix("SIG") in ("KILL", "9"):
            return lines((tr("The process is killed immediately (exit code 137)."), LOST))
        return lines((tr("The process decides how to react."), NOTE))

    def command(self) -> Sequence[str]:
        return ("layertui", "kill", "-s", self._signal(), self._container)

    def confirm(self) -> None:
        name, signal = self._container, self._signal()

        def call(inspector: Inspector, _progress: Progress) -> Container:
            inspector.containers.lifecycle.kill(name, signal)
            return inspector.containers.get(name)

        def sent(container: Container) -> None:
            state = (
                ""
                if container.state.alive
                else tr(": it has ended with exit code {exit_code}", exit_code=container.exit_code)
            )
            self.finish(
                container,
                ActNotice(tr("Sent {signal} to {name}{state}", signal=signal.upper(), name=name, state=state)),
            )

        self.do(tr("sending the signal"), call, sent)


class RenameDialog(Dialog["Container | None"]):
    """Asks for another name; the answer is the container with that name."""

    YES = tr("Rename")

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container

    def heading(self) -> str:
        return tr("Rename {container}", container=safe(self._container))

    def fields(self) -> Iterable[Widget]:
        yield Field(
            tr("New name"), Line(placeholder=tr("(now: {container})", container=safe(self._container)), id="new")
        )

    def effect(self) -> Content:
        return lines((tr("Its ID, writable layer and process stay as they are."), NOTE))

    def _new(self) -> str:
        return self.query_one("#new", Input).value.strip()

    def command(self) -> Sequence[str]:
        return ("layertui", "rename", self._container, self._new() or "NEW")

    def confirm(self) -> None:
        new, name = self._new(), self._container
        if not new:
            self.show_error_text(tr("a name is needed, such as web"), at="#new")
            return

        def renamed(container: Container) -> None:
            done = tr("Renamed container {name} to {name2}", name=name, name2=container.name)
            self.finish(container, ActNotice(done, (copy_key(self, tr("name"), container.name),)))

        self.do("renaming", lambda inspector, _progress: inspector.containers.rename(name, new), renamed)
