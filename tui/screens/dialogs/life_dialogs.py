"""Lifecycle dialogs of a container: send a signal, rename it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

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

    YES = "Send"
    DANGER = True

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container

    def heading(self) -> str:
        return f"Signal to {safe(self._container)}"

    def fields(self) -> Iterable[Widget]:
        """The usual signals to choose from; or any."""
        yield Field("Signal", Choice(SIGNALS, id="signal"))
        yield Field("Other", Line(placeholder="e.g. QUIT, 28 or RTMIN+3", id="other"))

    def _signal(self) -> str:
        return self.query_one("#other", Input).value.strip() or self.query_one("#signal", Choice).value

    def effect(self) -> Content:
        """KILL ends it; any other signal can be handled by the process."""
        if self._signal().upper().removeprefix("SIG") in ("KILL", "9"):
            return lines(("The process is killed immediately (exit code 137).", LOST))
        return lines(("The process decides how to react.", NOTE))

    def command(self) -> Sequence[str]:
        return ("layertui", "kill", "-s", self._signal(), self._container)

    def confirm(self) -> None:
        name, signal = self._container, self._signal()

        def call(inspector: Inspector, _progress: Progress) -> Container:
            inspector.containers.lifecycle.kill(name, signal)
            return inspector.containers.get(name)

        def sent(container: Container) -> None:
            state = "" if container.state.alive else f": it has ended with exit code {container.exit_code}"
            self.finish(container, ActNotice(f"Sent {signal.upper()} to {name}{state}"))

        self.do("sending the signal", call, sent)


class RenameDialog(Dialog["Container | None"]):
    """Asks for another name; the answer is the container with that name."""

    YES = "Rename"

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container

    def heading(self) -> str:
        return f"Rename {safe(self._container)}"

    def fields(self) -> Iterable[Widget]:
        yield Field("New name", Line(placeholder=f"(now: {safe(self._container)})", id="new"))

    def effect(self) -> Content:
        return lines(("Its ID, writable layer and process stay as they are.", NOTE))

    def _new(self) -> str:
        return self.query_one("#new", Input).value.strip()

    def command(self) -> Sequence[str]:
        return ("layertui", "rename", self._container, self._new() or "NEW")

    def confirm(self) -> None:
        new, name = self._new(), self._container
        if not new:
            self.show_error_text("a name is needed, such as web", at="#new")
            return

        def renamed(container: Container) -> None:
            done = f"Renamed container {name} to {container.name}"
            self.finish(container, ActNotice(done, (copy_key(self, "name", container.name),)))

        self.do("renaming", lambda inspector, _progress: inspector.containers.rename(name, new), renamed)
