"""A container's life by keys, on home and on the container's own screen: shell, attach, pause, restart, kill, rename."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.binding import Binding

from layertui.core.errors import LayertuiError
from layertui.tui.screens.shared.base_screen import Asking
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.session import Session
    from layertui.tui.screens.dialogs.dialog import Dialog
    from layertui.tui.screens.shared.base_screen import InspectorScreen

SHELL_KEY = Binding(
    "e", "shell", "shell", tooltip="Open a shell in the container; the screen steps aside and comes back"
)

LIFE_KEYS = (
    Binding(
        "A",
        "attach",
        "attach",
        show=False,
        tooltip="Attach to the terminal of the container's own process, until Ctrl-P Ctrl-Q",
    ),
    Binding("z", "pause", "pause", tooltip="Pause it: a freezer holds all its processes, else signals"),
    Binding("z", "unpause", "unpause", tooltip="Unpause it: its processes go on"),
    Binding("S", "restart", "restart", show=False, tooltip="Stop the container, and start it again"),
    Binding("K", "kill", "kill", show=False, tooltip="Send a signal to the container's process"),
    Binding("t", "rename", "rename", show=False, tooltip="Give the container another name"),
)


class LifeActions:
    """The part of a screen that acts on the life of the container that the screen is about."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        container: Callable[[], Container | None],
        changed: Callable[[Container], None],
    ) -> None:
        """`container` answers which one; `changed` is told of it once it has another state or name."""
        self._screen = screen
        self._container = container
        self._changed = changed

    def actions(self) -> dict[str, Action]:
        """What LIFE_KEYS and SHELL_KEY name."""
        alive = ("running", "paused")
        return {
            "shell": Action(self._shell, lambda: self._refusal("a shell", ("created", "running", "exited"))),
            "attach": Action(self._attach, self._no_attach),
            "pause": Action(self._pause, lambda: self._refusal("pause", ("running",))),
            "unpause": Action(self._unpause, lambda: self._refusal("unpause", ("paused",))),
            "restart": Action(self._restart, lambda: self._refusal("restart", alive)),
            "kill": Action(self._kill, lambda: self._refusal("kill", alive)),
            "rename": Action(self._rename, lambda: self._refusal("rename")),
        }

    def _refusal(self, what: str, states: tuple[str, ...] = ()) -> str:
        container = self._container()
        if container is None:
            return f"{what} needs a container: c creates one of an image"
        if not states or container.state in states:
            return ""
        key = "z unpauses it" if container.state == "paused" else "s starts it"
        return f"{what} is for {' or '.join(states)} containers, {container.name} is {container.state}: {key}"

    def _no_attach(self) -> str:
        refusal = self._refusal("attach", ("running",))
        if not refusal and (container := self._container()) is not None and not container.options.tty:
            return f"{container.name} has no terminal to attach to (it was created without -t): e opens a shell"
        return refusal

    # -- a terminal in it

    def _shell(self) -> None:
        """Open a shell; where the container does not run, ask whether to start it first."""
        if (container := self._container()) is None:
            return
        name = container.name
        if container.state.alive:
            self._open_shell(name)
            return
        from layertui.tui.screens.dialogs.dialog import Confirm

        question = Confirm(
            f"{name} does not run, so there is nothing to open a shell in.\nStart it first?",
            title="Start it?",
            yes="Start",
            command=("layertui", "start", name),
        )

        def started(container: Container) -> None:
            self._changed(container)
            self._open_shell(container.name)

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.ask(f"starting {name}", lambda i, p: i.start(name, p), started, group="life")

        self._screen.app.push_screen(question, answered)

    def _open_shell(self, name: str) -> None:
        from layertui.tui.common import terminal

        self._screen.ask(
            f"opening a shell in {name}",
            lambda i, _: i.shell(name, size=terminal.size()),
            lambda session: self._enter(session, name),
            group="life",
        )

    def _attach(self) -> None:
        """Go to the terminal of the container's first process."""
        if (container := self._container()) is None:
            return
        name = container.name

        def attached(session: Session) -> None:
            from layertui.tui.common import terminal

            terminal.ask_to_show(session)
            self._enter(session, name)

        self._screen.ask(f"attaching to {name}", lambda i, _: i.attach(name), attached, group="life")

    def _enter(self, session: Session, name: str) -> None:
        """The terminal is the session's until it ends or is left; then look at what was done there."""
        from layertui.tui.screens.shared.suspend import in_session

        screen = self._screen
        try:
            if not in_session(screen.app, session, name):
                screen.tell(f"What you left in {name} runs on.", title="Left")
        except LayertuiError as error:
            screen.tell_error(error)
        screen.ask(f"looking at {name}", lambda i, _: i.container(name), self._changed, group="life", quiet=True)

    # -- its state and its name

    def _pause(self) -> None:
        if (container := self._container()) is None:
            return
        name = container.name

        def paused(container: Container) -> None:
            if container.paused_by == "signals":
                self._screen.tell(
                    "No freezer may be made here, so signals hold its processes.", title="Paused (signals)"
                )
            self._changed(container)

        self._screen.ask(f"pausing {name}", lambda i, _: i.pause(name), paused, group="life")

    def _unpause(self) -> None:
        if (container := self._container()) is not None:
            name = container.name
            self._screen.ask(f"unpausing {name}", lambda i, _: i.unpause(name), self._changed, group="life")

    def _restart(self) -> None:
        if (container := self._container()) is not None:
            name = container.name
            self._screen.ask(
                f"restarting {name}", lambda i, p: i.restart(name, progress=p), self._changed, group="life"
            )

    def _kill(self) -> None:
        """Ask which signal, and send it."""
        if (container := self._container()) is not None:
            from layertui.tui.screens.dialogs.life_dialogs import KillDialog

            self._ask_in(KillDialog(container.name))

    def _rename(self) -> None:
        """Ask for the new name, and give it."""
        if (container := self._container()) is not None:
            from layertui.tui.screens.dialogs.life_dialogs import RenameDialog

            self._ask_in(RenameDialog(container.name))

    def _ask_in(self, dialog: Dialog[Container | None]) -> None:
        def done(container: Container | None) -> None:
            if container is not None:
                self._changed(container)

        self._screen.app.push_screen(dialog, done)


class Living(Asking):
    """Mixed into screens that have a container to act on."""

    @property
    def container_at(self) -> Container | None:
        """The container that an action is about."""
        raise NotImplementedError

    def life_changed(self, container: Container) -> None:
        """It is in another state now, or has another name."""
        raise NotImplementedError

    def may_live(self, action: str) -> bool | None:
        """Whether one of these actions makes sense here and now; None for others."""
        container = self.container_at
        state = str(container.state) if container is not None else ""
        wishes = {
            "attach": state == "running" and container is not None and container.options.tty,
            "shell": state in ("created", "running", "exited"),
            "pause": state == "running",
            "unpause": state == "paused",
            "restart": state in ("running", "paused"),
            "kill": state in ("running", "paused"),
            "rename": container is not None,
        }
        return wishes.get(action)

    def action_shell(self) -> None:
        """A shell; where it does not run, ask whether to start it first."""
        if (container := self.container_at) is None:
            return
        name = container.name
        if container.state.alive:
            self._open_shell(name)
            return
        from layertui.tui.screens.dialogs.dialog import Confirm

        question = Confirm(
            f"{name} does not run, so there is nothing to open a shell in.\nStart it first?",
            title="Start it?",
            yes="Start",
            command=("layertui", "start", name),
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.ask(f"starting {name}", lambda i, p: i.start(name, p), self._started_for_shell, group="life")

        cast("DOMNode", self).app.push_screen(question, answered)

    def _started_for_shell(self, container: Container) -> None:
        self.life_changed(container)
        self._open_shell(container.name)

    def _open_shell(self, name: str) -> None:
        from layertui.tui.common import terminal

        self.ask(
            f"opening a shell in {name}",
            lambda i, _: i.shell(name, size=terminal.size()),
            lambda session: self._step_into(session, name),
            group="life",
        )

    def action_attach(self) -> None:
        """Go to the terminal of its first process."""
        if (container := self.container_at) is not None:
            name = container.name
            self.ask(
                f"attaching to {name}",
                lambda i, _: i.attach(name),
                lambda session: self._step_back_into(session, name),
                group="life",
            )

    def _step_back_into(self, session: Session, name: str) -> None:
        from layertui.tui.common import terminal

        terminal.ask_to_show(session)
        self._step_into(session, name)

    def _step_into(self, session: Session, name: str) -> None:
        """The terminal is the session's until it ends or is left; then look at what was done there."""
        from layertui.tui.screens.shared.suspend import in_session

        try:
            if not in_session(cast("DOMNode", self).app, session, name):
                self.tell(f"What you left in {name} runs on.", title="Left")
        except LayertuiError as error:
            self.tell_error(error)
        self.ask(f"looking at {name}", lambda i, _: i.container(name), self.life_changed, group="life", quiet=True)

    def action_pause(self) -> None:
        """Let it stand still."""
        if (container := self.container_at) is not None:
            name = container.name
            self.ask(f"pausing {name}", lambda i, _: i.pause(name), self._paused, group="life")

    def _paused(self, container: Container) -> None:
        if container.paused_by == "signals":
            self.tell("No freezer may be made here, so signals hold its processes.", title="Paused (signals)")
        self.life_changed(container)

    def action_unpause(self) -> None:
        """Let it go on."""
        if (container := self.container_at) is not None:
            name = container.name
            self.ask(f"unpausing {name}", lambda i, _: i.unpause(name), self.life_changed, group="life")

    def action_restart(self) -> None:
        """Stop and start."""
        if (container := self.container_at) is not None:
            name = container.name
            self.ask(f"restarting {name}", lambda i, p: i.restart(name, progress=p), self.life_changed, group="life")

    def action_kill(self) -> None:
        """Ask which signal, and send it."""
        if (container := self.container_at) is not None:
            from layertui.tui.screens.dialogs.life_dialogs import KillDialog

            self._ask_in(KillDialog(container.name))

    def action_rename(self) -> None:
        """Ask for the name."""
        if (container := self.container_at) is not None:
            from layertui.tui.screens.dialogs.life_dialogs import RenameDialog

            self._ask_in(RenameDialog(container.name))

    def _ask_in(self, dialog: Dialog[Container | None]) -> None:
        def done(container: Container | None) -> None:
            if container is not None:
                self.life_changed(container)

        cast("DOMNode", self).app.push_screen(dialog, done)
