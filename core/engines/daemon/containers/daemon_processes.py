"""DaemonProcesses: processes added to a daemon's container, and connections to their standard streams."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container, ExecOptions, State, require
from layertui.core.engines.daemon.api_json.container_json import is_local
from layertui.core.engines.daemon.api_json.json_values import Object, flag, number, text
from layertui.core.engines.daemon.api_json.stream_frames import StreamFrames
from layertui.core.engines.daemon.api_requests.daemon_requests import PATIENCE, exists, get_json, post, post_json
from layertui.core.engines.daemon.containers.daemon_lifecycle import as_start_error, command_error, is_unknown_user
from layertui.core.engines.daemon.containers.daemon_session import DaemonSession
from layertui.core.engines.daemon.containers.hijacked_socket import hijack
from layertui.core.errors import CommandNotExecutable, LayertuiError, NotFound, Unreachable
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.model.session import Session, TerminalSize
    from layertui.core.containers.observe.process_list import ProcessRow
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.engines.daemon.containers.daemon_lifecycle import DaemonLifecycle
    from layertui.core.engines.daemon.containers.hijacked_socket import HijackedSocket
    from layertui.core.progress import Progress

_DETACH_KEYS = "ctrl-^,ctrl-_,ctrl-^,ctrl-_"
"""For the daemon, which holds their beginning back: keys that few type. The user's own are looked for on our side."""
_LOOK = 0.01  # seconds between two questions whether a process has begun, or ended
_SOON = 2
"""Seconds from the end of a container's output to its own end; no longer where the user has detached."""
_FAILED = ("exec failed", "unable to start container process", "unable to find", "OCI runtime")
_SHELLS = ("bash", "zsh", "fish", "ash", "dash", "ksh", "sh")
_FOLDERS = ("/bin", "/usr/bin", "/usr/local/bin")
_MOST_WORDS = 1 << 16


class DaemonProcesses:
    """See Processes in `container_protocols.py`."""

    def __init__(self, lookup: ContainerLookup, lifecycle: DaemonLifecycle) -> None:
        self._lookup, self._lifecycle, self._client = lookup, lifecycle, lookup.client

    def exec(
        self, name: str, argv: Sequence[str], options: ExecOptions | None = None, *, size: TerminalSize | None = None
    ) -> Session:
        options, container = options or ExecOptions(), self._lookup.get(name)
        require(container, "exec")
        what = tr("cannot exec container {name}", name=container.name)
        console = {"ConsoleSize": list(size)} if options.tty and size is not None else {}  # known from API 1.42 on
        asked: Object = {
            "Cmd": list(argv),
            "Tty": options.tty,
            "AttachStdin": options.stdin or options.tty,
            "AttachStdout": True,
            "AttachStderr": True,
            "Env": list(options.env),
            "User": options.user or "",
            "DetachKeys": _DETACH_KEYS,
            **console,
        }
        if options.working_dir is not None:
            asked["WorkingDir"] = options.working_dir
        exec_id = text(post_json(self._client, f"/containers/{container.id}/exec", what, asked), "Id")
        body: Object = {"Detach": False, "Tty": options.tty, **console}
        try:
            connection = hijack(self._client, f"/exec/{exec_id}/start", what, body=body)
        except LayertuiError as error:
            raise (CommandNotExecutable(str(error)) if is_unknown_user(str(error)) else error) from error
        try:
            self._begun(connection, exec_id, container, options)
        except BaseException:
            connection.close()
            raise
        session = DaemonSession(
            connection,
            tty=options.tty,
            resize=lambda now: self._resize(f"/exec/{exec_id}", now),
            code=lambda: self._exec_code(exec_id),
        )
        if options.tty and size is not None:
            session.resize(size)
        if not options.stdin and not options.tty:
            session.end_input()
        return session

    def _begun(self, connection: HijackedSocket, exec_id: str, container: Container, options: ExecOptions) -> None:
        """Wait until the process has begun. Where it cannot, the daemon's words come as its output, and are raised."""
        end, found = time.monotonic() + PATIENCE, self._exec(exec_id)
        # Docker calls it running before it is. Podman has no PID any more of what has ended, but this word.
        while not number(found, "Pid") and not number(found, "ExitCode") and not flag(found, "CanRemove"):
            if time.monotonic() > end:
                break
            time.sleep(_LOOK)
            found = self._exec(exec_id)
        of_podman = flag(found, "CanRemove")
        if number(found, "Pid") or (of_podman and not number(found, "ExitCode")):
            return
        content = _rest(connection)
        words = b"".join(piece for _, piece in StreamFrames(framed=not options.tty).feed(content))
        line = " ".join(words.decode("utf-8", "replace").split()) or tr(
            "exit code {number}", number=number(found, "ExitCode")
        )
        if not of_podman or any(one in line for one in _FAILED):
            kind = CommandNotExecutable if is_unknown_user(line) else command_error(line) or LayertuiError
            if (
                is_unknown_user(line) and options.user and options.user not in line
            ):  # containerd's store does not name it
                line = tr("user {user}: {line}", user=options.user, line=line)
            raise kind(tr("cannot exec container {name}: {shortened}", name=container.name, shortened=_shortened(line)))
        connection.unread(content)

    def _exec(self, exec_id: str) -> Object:
        found = get_json(self._client, f"/exec/{exec_id}/json", "")
        return found if isinstance(found, dict) else {}

    def _exec_code(self, exec_id: str) -> int | None:
        """The exit code of a process whose output has ended; the daemon may learn of its end a moment later.

        Raises Unreachable where the daemon has gone.
        """
        end = time.monotonic() + PATIENCE
        try:
            while flag(found := self._exec(exec_id), "Running") or found.get("ExitCode") is None:
                if time.monotonic() > end:
                    return None
                time.sleep(_LOOK)
            return number(found, "ExitCode")
        except Unreachable as error:
            raise Unreachable(tr("{error}; how this process ended is unknown", error=error)) from error
        except LayertuiError:
            return None

    def _resize(self, path: str, size: TerminalSize) -> None:
        with suppress(LayertuiError):  # it has ended
            post(self._client, f"{path}/resize", "", h=size.rows, w=size.columns)

    def attach(
        self, name: str, *, start: bool = False, size: TerminalSize | None = None, progress: Progress | None = None
    ) -> Session:
        container = self._lookup.get(name)
        begins = start and container.state is not State.RUNNING
        require(container, "start" if start else "attach to")
        query = {
            "stream": 1,
            "stdin": int(container.options.interactive),
            "stdout": 1,
            "stderr": 1,
            "detachKeys": _DETACH_KEYS,
        }
        with as_start_error(container):  # Podman creates the process already here
            connection = hijack(self._client, f"/containers/{container.id}/attach", "", query=query)
        try:
            if begins:
                self._lifecycle.begin(container)
        except BaseException:
            connection.close()
            raise
        session = DaemonSession(
            connection,
            tty=container.options.tty,
            # Podman does not say which it is.
            ends_input=container.options.input_once or self._client.endpoint.kind == "podman",
            resize=lambda now: self._resize(f"/containers/{container.id}", now),
            code=lambda: self._code(container.id),
        )
        if begins and container.options.tty and size is not None:
            session.resize(size)
        return session

    def _code(self, container_id: str) -> int | None:
        """The exit code of a container whose output has ended; the daemon may learn of its end a moment later."""
        end = time.monotonic() + _SOON
        with suppress(LayertuiError):
            while (found := self._lookup.get(container_id)).state.alive:
                if time.monotonic() > end:
                    return None
                time.sleep(_LOOK)
            return found.exit_code
        return None

    def shell(self, name: str) -> str:
        container = self._lookup.get(name)
        for shell in _SHELLS:
            for folder in _FOLDERS:
                if self._has(container, f"{folder}/{shell}"):
                    return f"{folder}/{shell}"
        if container.state is State.RUNNING and (found := self._rows_from_shell(container)) is not None:
            return found
        raise NotFound(
            tr(
                "container {name} has no shell: neither {shells} nor {shells2}",
                name=container.name,
                shells=", ".join(_SHELLS[:-1]),
                shells2=_SHELLS[-1],
            )
        )

    def _has(self, container: Container, path: str) -> bool:
        return exists(self._client, f"/containers/{container.id}/archive", path=path)

    def _rows_from_shell(self, container: Container) -> str | None:
        """Where the archive endpoint cannot see into a running container, a shell in it reports which ones there are."""
        paths = " ".join(f"{folder}/{shell}" for shell in _SHELLS for folder in _FOLDERS)
        script = f"for path in {paths}; do [ -x $path ] && echo $path && exit; done"
        output = b""
        with suppress(LayertuiError), self.exec(container.id, ("sh", "-c", script)) as session:
            while not session.ended and len(output) < _MOST_WORDS:
                _wait_for(session)
                output += b"".join(piece for _, piece in session.receive())
        path = output.decode("utf-8", "replace").strip()
        return path if path.startswith("/") else None

    def top(self, name: str) -> list[ProcessRow]:
        from layertui.core.containers.model.process_identity import Process
        from layertui.core.containers.observe.process_list import running
        from layertui.core.engines.daemon.api_json.process_rows import COLUMNS, rows_of

        container = self._lookup.get(name)
        require(container, "look into")
        if container.pid and is_local(container.pid) and (first := Process.of(container.pid)) is not None:
            return running(first)
        columns = COLUMNS[self._client.endpoint.kind]
        found = get_json(self._client, f"/containers/{container.id}/top", "", ps_args=columns)
        return rows_of(found, datetime.now(UTC)) if isinstance(found, dict) else []


def _rest(connection: HijackedSocket) -> bytes:
    """All that comes until the end of a connection whose process has ended, as far as an error line needs it."""
    content = b""
    while len(content) < _MOST_WORDS and not connection.ended:
        content += connection.receive()
        _wait_for(connection)
    return content


def _wait_for(source: HijackedSocket | Session) -> None:
    """Until something has come in, or the patience is over."""
    import select

    poll = select.poll()
    poll.register(source, select.POLLIN)
    if not source.ended and not poll.poll(PATIENCE * 1000):
        raise Unreachable(tr("the daemon does not go on; the connection is open"))


def _shortened(line: str) -> str:
    """Without the beginnings that a daemon's layers put in front."""
    line = line.partition(" Error: read unixpacket")[0]
    for begin in ("OCI runtime exec failed: ", "Error: ", "runc: ", "exec failed: "):
        line = line.removeprefix(begin)
    return line
