"""The connection to a daemon through the program `ssh`, without questions or errors on the terminal that a screen is drawn on.

Imported only after `daemon_client` has provided what the SDK's own module needs.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from contextlib import suppress
from socket import socket
from typing import IO, Any, NamedTuple

from docker.transport.sshconn import SSHConnection, SSHConnectionPool, SSHHTTPAdapter, SSHSocket

from layertui.core.engines.bounded_connections import BoundedAnswer
from layertui.core.engines.cut_request import CuttableConnections
from layertui.core.language.texts import tr

# BatchMode: a key with a passphrase, a password, or an unknown host is an error at once, not a question.
_OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
_MOST_SAID = 4096  # bytes
_PATIENCE = 2  # seconds that ssh has to end
_ADVICE = (
    ("permission denied", tr("ssh may not ask for a passphrase or password here; add the key to ssh-agent: `ssh-add`")),
    ("host key verification failed", tr("connect once with `ssh` in a terminal, to accept the host's key")),
    ("command not found", tr("the command line of {program} is needed on that host")),
)


class FarDaemon(NamedTuple):
    """A daemon that is reached by ssh."""

    host: str
    """`USER@HOST:PORT`; user and port may be left out."""
    program: str
    """Its command line there, `docker` or `podman`, which connects to it."""
    path: str = ""
    """Of its socket there; empty: where its command line looks for it."""
    key: str = ""

    @classmethod
    def of(cls, address: str, program: str, key: str) -> FarDaemon:
        """That of an address, `ssh://USER@HOST:PORT/PATH`."""
        host, slash, path = address.removeprefix("ssh://").partition("/")
        return cls(host, program, slash + path if path else "", key)

    @property
    def command(self) -> str:
        """What connects to it there."""
        at = f" --url {shlex.quote(f'unix://{self.path}')}" if self.path else ""
        return f"{self.program}{at} system dial-stdio"


class SSHAdapter(SSHHTTPAdapter):
    """Requests through ssh, each over a connection of its own, which another thread can cut."""

    def __init__(self, daemon: FarDaemon, timeout: float) -> None:
        super().__init__(f"ssh://{daemon.host}", timeout, shell_out=True)  # type: ignore[arg-type]
        self._daemon = daemon

    def get_connection(self, url: Any, proxies: Any = None) -> SSHPool:
        return SSHPool(self._daemon, self.timeout)


class SSHPool(CuttableConnections, SSHConnectionPool):
    """The connection of one request."""

    def __init__(self, daemon: FarDaemon, timeout: float) -> None:
        super().__init__(timeout=timeout, maxsize=1, host=daemon.host)  # type: ignore[arg-type]
        self._daemon = daemon

    def _new_conn(self) -> Any:
        return _Connection(self._daemon, self.timeout)


class _Connection(SSHConnection):
    response_class = BoundedAnswer

    def __init__(self, daemon: FarDaemon, timeout: Any) -> None:
        super().__init__(None, timeout, daemon.host)
        self._daemon = daemon

    def connect(self) -> None:
        self.sock: Any = QuietSSHSocket(self._daemon)
        self.sock.connect()


class QuietSSHSocket(SSHSocket):
    """What the SDK takes for a socket: `ssh HOST docker system dial-stdio`. Its errors are raised, each with what to do."""

    def __init__(self, daemon: FarDaemon) -> None:
        super().__init__(daemon.host)
        self._daemon = daemon

    def connect(self, **_kwargs: Any) -> None:  # type: ignore[override]  # as the SDK's own
        """Start ssh without a terminal of its own: neither a key nor Ctrl+C reaches it. ConnectionError if there is none."""
        user = ("-l", self.user) if self.user else ()
        port = ("-p", self.port) if self.port else ()
        key = ("-i", self._daemon.key) if self._daemon.key else ()
        # As the SDK does: these two are meant for this process.
        env = {key: value for key, value in os.environ.items() if key not in ("LD_LIBRARY_PATH", "SSL_CERT_FILE")}
        self._said: IO[bytes] = tempfile.TemporaryFile()  # a pipe that is not read could fill up
        command = ["ssh", *_OPTIONS, *user, *port, *key, "--", self.host, self._daemon.command]
        try:
            self.proc = subprocess.Popen(
                command,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                start_new_session=True,
            )
        except FileNotFoundError:
            pass
        else:
            return
        self.close()
        raise ConnectionError(
            tr("the program ssh is not installed")
        )  # here, so that it has no other error as its cause

    def _write(self, data: Any) -> int:
        with suppress(OSError):
            return int(super()._write(data))  # type: ignore[misc]  # which the stubs leave out
        raise self._failure()

    def makefile(self, mode: str) -> Any:  # type: ignore[override]  # as the SDK's own
        """The answer's stream, as soon as it begins. ConnectionError if ssh ended before."""
        stream: Any = super().makefile(mode)  # type: ignore[no-untyped-call]
        if not stream.peek(1):
            raise self._failure()
        return stream

    def _failure(self) -> ConnectionError:
        """Why ssh has ended, in its own words."""
        self._end()
        self._said.seek(0)
        lines = self._said.read(_MOST_SAID).decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), tr("ssh ended without an answer"))
        advice = next((what for words, what in _ADVICE if words in said.lower()), "")
        advice = advice.format(program=self._daemon.program)
        return ConnectionError(f"{said.rstrip('.')}; {advice}" if advice else said)

    def shutdown(self, _how: int) -> None:
        """End both directions, as of a socket."""
        self.interrupt()

    def close(self) -> None:
        """End ssh, which may have ended by itself."""
        with suppress(OSError, ValueError):
            super().close()
        if self.proc is not None and self.proc.stdin is not None and not self.proc.stdin.closed:
            self._end()
        self._said.close()
        socket.close(self)  # the SDK's class is a socket that it never connects

    def interrupt(self) -> None:
        """End ssh while another thread waits for what it says."""
        if self.proc is not None:
            self.proc.kill()

    def _end(self) -> None:
        """Wait for the end of ssh, which has been asked for, and close what led to it."""
        if self.proc is None:
            return
        try:
            self.proc.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        for pipe in (self.proc.stdin, self.proc.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
