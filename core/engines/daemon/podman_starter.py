"""PodmanStarter: starts `podman system service` where Podman is installed and no service of it listens.

Only when this engine is asked for: it takes a moment, and leaves Podman's own files behind. It listens on a socket in a folder
that only this user can enter, ends with this process, and, should this process be killed, by itself some time after the last request.
Containers do not end with it: each has a monitor of its own.
"""

from __future__ import annotations

import atexit
import os
import socket
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO

from layertui.core.errors import Unreachable, as_storage_error
from layertui.core.language.texts import tr

IDLE = 300
"""Seconds after the last request until it ends by itself."""
_PATIENCE = 30  # seconds for its start: the first one of a user makes the storage
_LOOK = 0.02
_LONGEST = 4096  # bytes of what it says when it cannot start

_SOCKET = "podman.sock"
_LONGEST_ADDRESS = 100
"""Bytes of a unix socket's path: Linux has room for 107, macOS for 103."""


class PodmanStarter:
    """The service of this process. Safe from any thread."""

    def __init__(self, program: Path, runtime_dir: Path | None) -> None:
        """`program` is podman; nothing is started yet.

        Without `runtime_dir`, or if its name is too long for a socket, the system's folder for temporary files is used.
        """
        self._program = program
        name, temporary = f"layertui-podman-{os.getpid()}", Path(tempfile.gettempdir())
        folder = (runtime_dir or temporary) / name
        self._folder = folder if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_ADDRESS else temporary / name
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    @property
    def socket(self) -> Path:
        """Where it listens once it is started."""
        return self._folder / _SOCKET

    @property
    def was_started(self) -> bool:
        """Whether this process has started it; it may have ended since."""
        return self._process is not None

    def start(self) -> None:
        """Start it unless it runs, and wait until it listens. Raises Unreachable with what it says, StorageError."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            if self._process is None:
                atexit.register(self.stop)
            with as_storage_error(self._folder):
                _make_private(self._folder)
                self.socket.unlink(missing_ok=True)
            with tempfile.TemporaryFile() as said:
                self._process = self._run(said)
                self._wait(self._process, said)

    def stop(self) -> None:
        """End it, and remove its folder."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
        with suppress(OSError):
            self.socket.unlink(missing_ok=True)
            self._folder.rmdir()

    def _run(self, said: IO[bytes]) -> subprocess.Popen[bytes]:
        command = (self._program, "system", "service", f"--time={IDLE}", f"unix://{self.socket}")
        try:
            # A session of its own: Ctrl+C at our terminal is not for it.
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise Unreachable(f"{self._program}: {error.strerror}") from error

    def _wait(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        end = time.monotonic() + _PATIENCE
        while not _listens(self.socket):
            if process.poll() is not None:
                said.seek(0)
                words = said.read(_LONGEST).decode(errors="replace").strip().rpartition("\n")[2]
                raise Unreachable(
                    tr(
                        "`podman system service` has not started: {words}",
                        words=words or tr("exit code {returncode}", returncode=process.returncode),
                    )
                )
            if time.monotonic() > end:
                process.kill()
                process.wait()
                raise Unreachable(
                    tr("`podman system service` does not listen after {patience} seconds", patience=_PATIENCE)
                )
            time.sleep(_LOOK)


def _make_private(folder: Path) -> None:
    """A folder that no other user can enter. Raises OSError where something else has its name."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:  # left by a process of ours that had the same number
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(os.fspath(path))
        except OSError:
            return False
    return True
