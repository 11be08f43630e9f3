"""EmbeddedProcesses: processes added to a running container of the embedded engine, and its standard streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container, ExecOptions, require
from layertui.core.containers.model.process_identity import Process
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError, WrongState
from layertui.core.language.texts import tr
from layertui.core.progress import Progress, quiet

if TYPE_CHECKING:
    from layertui.core.containers.model.session import Session, TerminalSize
    from layertui.core.containers.observe.process_list import ProcessRow
    from layertui.core.engines.embedded.embedded_lifecycle import EmbeddedLifecycle
    from layertui.core.engines.embedded.embedded_state import EmbeddedState

_DYING = 2  # seconds from the first thing that is gone of a container to its last process


class EmbeddedProcesses:
    """Exec, attach, shell and top: see Processes in `container_protocols.py`."""

    def __init__(self, state: EmbeddedState, lifecycle: EmbeddedLifecycle) -> None:
        self._state, self._lifecycle = state, lifecycle

    def exec(
        self, name: str, argv: Sequence[str], options: ExecOptions | None = None, *, size: TerminalSize | None = None
    ) -> Session:
        import shutil

        from layertui.core.containers.lifecycle import starting
        from layertui.core.containers.model import shim_session
        from layertui.core.containers.records import container_events
        from layertui.core.containers.runtimes import added_process, shim_launch

        options = options or ExecOptions()
        container, first = self._running(name)
        config, roots = self._state.image(container).config.config, self._roots(container)
        process = starting.exec_process(container, config, roots, argv, options)
        folder = self._state.records.paths(container.id).run
        runtime, own = self._state.runtime_of(container), shim_launch.session_folder(folder)
        exec_id = container_events.record_exec_event(self._state.journal, container, argv)
        if own.is_relative_to(folder):  # else there would be no room for a message
            container_events.prepare_exec_events(own, container, exec_id)
        try:
            with _while_it_runs(container, first), shim_session.client(size, tty=options.tty) as (client, made):
                runtime.exec(
                    added_process.AddedProcess(
                        container_id=container.id,
                        run=folder,
                        folder=own,
                        target=first,
                        process=process,
                        stdin=options.stdin,
                        client=client,
                    )
                )
        except LayertuiError:
            shutil.rmtree(own, ignore_errors=True)  # no shim was there to do it
            raise
        return made

    def shell(self, name: str) -> str:
        from layertui.core.containers.lifecycle import starting

        container = self._state.get(name)
        return starting.shell_of(container, self._roots(container))

    def top(self, name: str) -> list[ProcessRow]:
        from layertui.core.containers.observe.process_list import running

        container = self._state.get(name)
        require(container, "look into")
        first = self._state.records.life(container.id).process
        return running(first) if first is not None else []

    def _running(self, name: str) -> tuple[Container, Process]:
        """A container that `exec` may add to, and its first process."""
        container = self._state.get(name)
        require(container, "exec")
        process = self._state.records.life_of(container.id).process
        if process is None or not process.alive:
            raise _just_ended(container)
        return container, process

    def _roots(self, container: Container) -> Sequence[Path]:
        """The folders that its overlay is made of, its own first."""
        return (
            self._state.records.paths(container.id).upper,
            *self._state.lower_dirs(self._state.image(container), quiet()),
        )

    def attach(
        self, name: str, *, start: bool = False, size: TerminalSize | None = None, progress: Progress | None = None
    ) -> Session:
        from layertui.core.containers.model import shim_session

        container = self._state.get(name)
        tty = container.options.tty
        if start:
            with shim_session.client(size, tty=tty) as (client, made):
                if self._lifecycle.start_attached(container, progress, client):
                    return made
            made.close()
        else:
            require(container, "attach to")
        return shim_session.ShimSession.of(self._state.records.paths(container.id).run, tty=tty)


@contextmanager
def _while_it_runs(container: Container, first: Process) -> Iterator[None]:
    """An error that comes from the container's end in the meantime is raised as that, not as what failed because of it."""
    try:
        yield
    except (LayertuiError, OSError) as error:
        is_about_the_command = isinstance(error, CommandNotFound | CommandNotExecutable)
        if first.wait(0 if is_about_the_command else _DYING):
            raise _just_ended(container) from error
        raise


def _just_ended(container: Container) -> WrongState:
    return WrongState(tr("cannot exec container {name}: it has just ended", name=container.name))
