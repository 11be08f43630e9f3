"""Lifecycle actions of a container, on home and on its own screen: a shell, pause, restart, kill, rename; one key each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.key_actions import Action, possible
from layertui.tui.screens.shared.notices import ActNotice, NextKey

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.session import Session
    from layertui.tui.screens.dialogs.dialog import Dialog
    from layertui.tui.screens.shared.base_screen import InspectorScreen

SHELL_KEY = Binding(
    "e", "shell", tr("open shell"), tooltip=tr("Open a shell in the container, in this terminal; `exit` returns")
)

LIFE_KEYS = (
    Binding(
        "A",
        "attach",
        tr("attach"),
        show=False,
        tooltip=tr("Attach to the terminal of the container's process; Ctrl-P Ctrl-Q detaches"),
    ),
    Binding("z", "pause", tr("pause"), tooltip=tr("Pause its processes (cgroup freezer, or SIGSTOP)")),
    Binding("z", "unpause", tr("unpause"), tooltip=tr("Resume its processes")),
    Binding("S", "restart", tr("restart"), show=False, tooltip=tr("Stop the container and start it again")),
    Binding("K", "kill", tr("kill"), show=False, tooltip=tr("Send a signal to the container's process")),
    Binding("t", "rename", tr("rename"), show=False, tooltip=tr("Rename the container")),
)


def stopped(container: Container) -> str:
    """The notice about a container that was just stopped."""
    return tr(
        "Stopped {name}: exit code {exit_code}, the writable layer is kept",
        name=container.name,
        exit_code=container.exit_code,
    )


PROCESS_ENDS = tr("Its process is asked to end, and what it has in memory is lost; the writable layer is kept.")


def if_confirmed(
    screen: InspectorScreen[Any], verb: str, name: str, lost: str, act: Callable[[], object], engine: str
) -> None:
    """Act at once; with `confirm = "all"` only after a question that says what is lost."""
    if screen.host.confirm != "all":
        act()
        return
    from layertui.tui.screens.dialogs.questions import Confirm

    done = verb.capitalize()
    question = Confirm(lost, title=f"{done} {name}?", yes=done, command=("layertui", verb, name), danger=True)

    def answered(yes: bool | None) -> None:
        if yes:
            act()

    screen.app.push_screen(question.on_engine(engine), answered)


class LifeActions:
    """The part of a screen with the lifecycle actions of its container."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        container: Callable[[], Container | None],
        changed: Callable[[Container, str], None],
        engine: Callable[[], str] | None = None,
        no_processes: Callable[[], str] = possible,
    ) -> None:
        """`container` answers which one, `engine` in which engine (the screen's own one, unless given).

        `changed` gets it and its engine once it has another state or name. `no_processes` says why the engine adds no
        processes to containers.
        """
        self._screen = screen
        self._container = container
        self._changed = changed
        self._engine = engine or (lambda: screen.engine)
        self._no_processes = no_processes

    def actions(self) -> dict[str, Action]:
        """The actions of LIFE_KEYS and SHELL_KEY."""
        alive = ("running", "paused")
        return {
            "shell": Action(self._shell, self._no_shell),
            "attach": Action(self._attach, self._no_attach),
            "pause": Action(self._pause, lambda: self._refusal(tr("pause"), ("running",))),
            "unpause": Action(self._unpause, lambda: self._refusal(tr("unpause"), ("paused",))),
            "restart": Action(self._restart, lambda: self._refusal(tr("restart"), alive)),
            "kill": Action(self._kill, lambda: self._refusal(tr("kill"), alive)),
            "rename": Action(self._rename, lambda: self._refusal(tr("rename"))),
        }

    def _refusal(self, what: str, states: tuple[str, ...] = ()) -> str:
        container = self._container()
        if container is None:
            return tr(
                "{what} needs a container: {create} creates one of an image", create=key_name("create", "c"), what=what
            )
        if not states or container.state in states:
            return ""
        from layertui.core.containers.model.container import State

        key = (
            tr("{unpause} unpauses it", unpause=key_name("unpause", "z"))
            if container.state == "paused"
            else tr("{start} starts it", start=key_name("start", "s"))
        )
        return tr(
            "{what} is for {states} containers, {name} is {state}: {key}",
            what=what,
            states=tr(" or ").join(State(state).word for state in states),
            name=container.name,
            state=container.state.word,
            key=key,
        )

    def _no_shell(self) -> str:
        return self._refusal(tr("a shell"), ("created", "running", "exited")) or self._no_processes()

    def _no_attach(self) -> str:
        refusal = self._refusal(tr("attach"), ("running",)) or self._no_processes()
        if not refusal and (container := self._container()) is not None and not container.options.tty:
            return tr(
                "{name} has no terminal to attach to (it was created without -t): {shell} opens a shell",
                shell=key_name("shell", "e"),
                name=container.name,
            )
        return refusal

    # -- a terminal in the container

    def _shell(self) -> None:
        """Open a shell; if the container does not run, ask whether to start it first."""
        if (container := self._container()) is None:
            return
        name, engine = container.name, self._engine()
        if container.state.alive:
            self._open_shell(name, engine)
            return
        from layertui.tui.screens.dialogs.questions import Confirm

        question = Confirm(
            tr("{name} is not running: a shell needs a running container.\nStart it first?", name=name),
            title=tr("Start it?"),
            yes=tr("Start"),
            command=("layertui", "start", name),
        )

        def started(container: Container) -> None:
            text = tr("Started {name}, process {pid}", name=container.name, pid=container.pid)
            self._announce("start", name, engine, text, container)
            self._changed(container, engine)
            self._open_shell(container.name, engine)

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.ask(
                    tr("starting {name}", name=name),
                    lambda i, p: i.containers.lifecycle.start(name, p),
                    started,
                    group="life",
                    engine=engine,
                )

        if self._screen.host.confirm == "none":
            answered(True)
        else:
            self._screen.app.push_screen(question.on_engine(engine), answered)

    def _open_shell(self, name: str, engine: str) -> None:
        from layertui.tui.common import terminal

        self._screen.ask(
            tr("opening a shell in {name}", name=name),
            lambda i, _: i.containers.shell(name, size=terminal.size()),
            lambda session: self._enter(session, name, engine),
            group="life",
            engine=engine,
        )

    def _attach(self) -> None:
        """Attach to the terminal of the container's first process."""
        if (container := self._container()) is None:
            return
        name, engine = container.name, self._engine()

        def attached(session: Session) -> None:
            from layertui.tui.common import terminal

            terminal.ask_to_show(session)
            self._enter(session, name, engine)

        self._screen.ask(
            tr("attaching to {name}", name=name),
            lambda i, _: i.containers.processes.attach(name),
            attached,
            group="life",
            engine=engine,
        )

    def _enter(self, session: Session, name: str, engine: str) -> None:
        """The terminal is the session's until it ends or is left; then look at what was done there."""
        from layertui.tui.screens.shared.suspend import in_session

        screen = self._screen
        try:
            if not in_session(screen.app, session, name):
                screen.show_notice(tr("Detached from {name}; its process is still running.", name=name))
        except LayertuiError as error:
            screen.show_error(error)
        screen.ask(
            tr("looking at {name}", name=name),
            lambda i, _: i.containers.get(name),
            lambda container: self._changed(container, engine),
            group="life",
            quiet=True,
            engine=engine,
        )

    # -- state and name

    def _pause(self) -> None:
        if (container := self._container()) is None:
            return
        name, engine = container.name, self._engine()

        def paused(container: Container) -> None:
            how = (
                tr("SIGSTOP: no cgroup freezer can be used here")
                if container.paused_by == "signals"
                else tr("cgroup freezer")
            )
            self._announce(
                "pause",
                name,
                engine,
                tr("Paused {name} ({how})", name=container.name, how=how),
                container,
                NextKey(key_name("unpause", "z"), tr("resumes it")),
            )
            self._changed(container, engine)

        def pause() -> None:
            self._screen.ask(
                tr("pausing {name}", name=name),
                lambda i, _: i.containers.lifecycle.pause(name),
                paused,
                group="life",
                engine=engine,
            )

        if_confirmed(
            self._screen,
            "pause",
            name,
            tr("Its processes stand still until {unpause} resumes them.", unpause=key_name("unpause", "z")),
            pause,
            engine,
        )

    def _unpause(self) -> None:
        if (container := self._container()) is None:
            return
        name, engine = container.name, self._engine()

        def resumed(container: Container) -> None:
            self._announce("unpause", name, engine, tr("Resumed {name}", name=container.name), container)
            self._changed(container, engine)

        self._screen.ask(
            tr("unpausing {name}", name=name),
            lambda i, _: i.containers.lifecycle.unpause(name),
            resumed,
            group="life",
            engine=engine,
        )

    def _restart(self) -> None:
        if (container := self._container()) is None:
            return
        name, engine = container.name, self._engine()

        def restarted(container: Container) -> None:
            text = tr("Restarted {name}, process {pid}", name=container.name, pid=container.pid)
            self._announce("restart", name, engine, text, container)
            self._changed(container, engine)

        def restart() -> None:
            self._screen.ask(
                tr("restarting {name}", name=name),
                lambda i, p: i.containers.lifecycle.restart(name, progress=p),
                restarted,
                group="life",
                engine=engine,
            )

        if_confirmed(self._screen, "restart", name, PROCESS_ENDS, restart, engine)

    def _announce(
        self, verb: str, name: str, engine: str, text: str, container: Container, *next_keys: NextKey
    ) -> None:
        command = ActCommand(command_in(engine, ("layertui", verb, name)))
        self._screen.announce(ActNotice(text, next_keys, of=container), command)

    def _kill(self) -> None:
        """Ask for a signal, and send it."""
        if (container := self._container()) is not None:
            from layertui.tui.screens.dialogs.life_dialogs import KillDialog

            self._ask_in(KillDialog(container.name))

    def _rename(self) -> None:
        """Ask for the new name, and rename it."""
        if (container := self._container()) is not None:
            from layertui.tui.screens.dialogs.life_dialogs import RenameDialog

            self._ask_in(RenameDialog(container.name))

    def _ask_in(self, dialog: Dialog[Container | None]) -> None:
        engine = self._engine()

        def done(container: Container | None) -> None:
            if container is not None:
                self._changed(container, engine)

        self._screen.app.push_screen(dialog.on_engine(engine), done)
