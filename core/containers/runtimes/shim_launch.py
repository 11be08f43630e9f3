"""Starts a shim, which starts a runtime; and converts failures to docker's error messages.

It is the same for every runtime: the shim always manages the container's process.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from layertui.core.containers.model.session import NOBODY, Client
from layertui.core.containers.runtimes.bundle import write_private
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError, StorageError

if TYPE_CHECKING:
    from layertui.core.containers.runtimes.bundle import Bundle
    from layertui.core.containers.runtimes.runtime_spec import Process

_MESSAGE = re.compile(r'^time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)".*$')

SHIM = Path(__file__).parents[2] / "shim" / "shim.py"
_LONGEST = 400
_ROOM_FOR_A_SESSION = 1 << 16


class StartFailed(LayertuiError):
    """The runtime could not make the container's process."""


class ShimLost(StorageError):
    """The shim ended without a word: what it has begun is nobody's."""


Plan = Iterable[tuple[str, str]]


class Shim:
    """A shim's process, which waits for its plan.

    Half of a shim's start is that of Python, which takes place while other things are done if it is begun early.
    """

    def __init__(self, folder: Path, client: Client = NOBODY) -> None:
        self._folder, self._client = folder, client
        command = [sys.executable or "python3", "-I", "-S", str(SHIM), str(folder)]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
        # Its standard error is ours for a traceback only, which must not get lost in a log that nobody reads.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            pass_fds=() if client.fd is None else (client.fd,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """One that was told nothing goes."""
        if self.process.returncode is None:
            self.process.communicate()

    def told(self, plan: Plan) -> tuple[bytes, str] | None:
        """Let it do this, and wait: None if all went well, else what the launcher told and what the runtime said."""
        text = "\0".join(f"{key}={value}" for key, value in (*plan, *self._client.plan()))
        write_private(self._folder / "plan", text.encode("utf-8", "surrogateescape"))
        out, errors = self.process.communicate(b"go")
        word, _, rest = out.partition(b" ")
        if word == b"ok":
            return None
        if word != b"failed":
            lines = errors.decode("utf-8", "replace").strip().splitlines()
            why = f"ended early: {lines[-1]}" if lines else "was killed while it started the container; start it again"
            raise ShimLost(f"the container's shim {why}")
        told, _, said = rest.partition(b" ")
        return bytes.fromhex(told.decode()), said.decode("utf-8", "replace").strip()


def launch(bundle: Bundle, plan: Plan) -> None:
    """Let the shim of a bundle do this plan, and wait until it says how it went."""
    with bundle.shim or Shim(bundle.folder) as shim:
        failed = shim.told(plan)
    if failed is not None:
        from layertui.core.containers.runtimes.launcher.launcher import failure

        told, said = failed
        raise explained(failure(told), said, bundle.spec.process.args)


def session_folder(folder: Path) -> Path:
    """Where the shim of one process works that `exec` adds; it removes the folder itself.

    Below `folder`, but where the disk is full: somebody may want to look at just that.
    """
    import tempfile  # late: with what it brings it takes a millisecond of each start

    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < _ROOM_FOR_A_SESSION:
        return Path(tempfile.mkdtemp(prefix="layertui-exec-"))
    (folder / "exec").mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder / "exec"))


def exec_plan(process: Process, *, stdin: bool) -> Plan:
    """What is the same for every runtime of what that shim does."""
    yield "log", os.devnull
    yield "alone", "1"
    if process.tty:
        yield "tty", "1"
    elif stdin:
        yield "stdin", "once"


def explained(
    failed: str | int | None, said: str, argv: Sequence[str], *, what: str = "the container"
) -> LayertuiError:
    """The error for a start that failed: an errno of execve, or the words of launcher and runtime."""
    if isinstance(failed, int):
        return not_executed(argv, failed)
    # runc and crun log as well as tell; the last line is the fatal one.
    line = said.splitlines()[-1] if said else failed or "no reason given"
    reason = _MESSAGE.sub(lambda found: found[1].replace('\\"', '"'), line)
    from layertui.core.containers.runtimes.advice import refused_namespaces  # late: a start that goes well needs none

    reason = refused_namespaces(reason) or reason
    if len(reason) > _LONGEST:  # bwrap quotes all mount options
        reason = f"{reason[: _LONGEST // 2]} … {reason[-_LONGEST // 2 :]}"
    return StartFailed(f"{what} could not be started: {reason}")


def not_executed(argv: Sequence[str], number: int) -> CommandNotFound | CommandNotExecutable:
    """In docker's words: why a command was not executed."""
    if number in (errno.ENOENT, errno.ENOTDIR):
        missing = "no such file or directory" if "/" in argv[0] else "executable file not found in $PATH"
        return CommandNotFound(f'exec: "{argv[0]}": {missing}')
    return CommandNotExecutable(f'exec: "{argv[0]}": {os.strerror(number).lower()}')
