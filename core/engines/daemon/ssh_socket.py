"""The connection to a daemon through the program `ssh`, without questions or errors on the terminal that a screen is drawn on.

Imported only after `daemon_client` has provided what the SDK's own module needs.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from socket import socket
from typing import IO, Any

from docker.transport.sshconn import SSHSocket

# BatchMode: a key with a passphrase, a password, or an unknown host is an error at once, not a question.
_OPTIONS = ("-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
_MOST_SAID = 4096  # bytes
_PATIENCE = 2  # seconds that ssh has to end
_ADVICE = (
    ("permission denied", "ssh may not ask for a passphrase or password here; add the key to ssh-agent: `ssh-add`"),
    ("host key verification failed", "connect once with `ssh` in a terminal, to accept the host's key"),
    ("command not found", "the command line of docker is needed on that host"),
)


class QuietSSHSocket(SSHSocket):
    """What the SDK takes for a socket: `ssh HOST docker system dial-stdio`. Its errors are raised, each with what to do."""

    def connect(self, **_kwargs: Any) -> None:  # type: ignore[override]  # as the SDK's own
        """Start ssh without a terminal of its own: neither a key nor Ctrl+C reaches it. ConnectionError if there is none."""
        user = ("-l", self.user) if self.user else ()
        port = ("-p", self.port) if self.port else ()
        # As the SDK does: these two are meant for this process.
        env = {key: value for key, value in os.environ.items() if key not in ("LD_LIBRARY_PATH", "SSL_CERT_FILE")}
        self._said: IO[bytes] = tempfile.TemporaryFile()  # a pipe that is not read could fill up
        command = ["ssh", *_OPTIONS, *user, *port, "--", self.host, "docker system dial-stdio"]
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
        raise ConnectionError("the program ssh is not installed")  # here, so that it has no other error as its cause

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
        said = next((line.strip() for line in reversed(lines) if line.strip()), "ssh ended without an answer")
        advice = next((what for words, what in _ADVICE if words in said.lower()), "")
        return ConnectionError(f"{said.rstrip('.')}; {advice}" if advice else said)

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
