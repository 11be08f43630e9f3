"""Starts a shim, which starts a runtime; and says in docker's words what went wrong.

The same for every runtime: who looks after a container's process is always the shim.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from layertui.core.containers.launcher import failure
from layertui.core.containers.session import Client
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError, StorageError

_MESSAGE = re.compile(r'^time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)".*$')

SHIM = Path(__file__).with_name("shim.py")
_LONGEST = 400


class StartFailed(LayertuiError):
    """The runtime could not make the container's process."""


Plan = Iterable[tuple[str, str]]


def launch(folder: Path, plan: Plan, argv: Sequence[str], client: Client) -> None:
    """Start the shim of a bundle's folder with this plan, and wait until it says how it went."""
    if (failed := start_shim(folder, plan, client)) is not None:
        told, said = failed
        raise explained(failure(told), said, argv)


def start_shim(folder: Path, plan: Plan, client: Client) -> tuple[bytes, str] | None:
    """Start a shim, and wait: None if all went well, else what the launcher told and what the runtime said."""
    text = "\0".join(f"{key}={value}" for key, value in (*plan, *client.plan()))
    (folder / "plan").write_bytes(text.encode("utf-8", "surrogateescape"))
    command = [sys.executable or "python3", "-I", "-S", str(SHIM), str(folder)]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
    # Its standard error is ours for a traceback only, which must not get lost in a log that nobody reads.
    passed = () if client.fd is None else (client.fd,)
    started = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=env, check=False, pass_fds=passed
    )
    word, _, rest = started.stdout.partition(b" ")
    if word == b"ok":
        return None
    if word != b"failed":
        lines = started.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StorageError(f"the container's shim ended early: {lines[-1] if lines else 'no reason given'}")
    told, _, said = rest.partition(b" ")
    return bytes.fromhex(told.decode()), said.decode("utf-8", "replace").strip()


def session_folder(folder: Path) -> Path:
    """Where the shim of one process works that `exec` adds on a terminal; it removes the folder itself."""
    (folder / "exec").mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder / "exec"))


def exec_plan(run: Iterable[str]) -> Plan:
    """What that shim does: `run` adds the process and ends, as an OCI runtime's `exec --detach` does."""
    yield "kind", "detached"
    yield "log", os.devnull
    yield from (("run", word) for word in run)
    yield from (("tty", "1"), ("alone", "1"))


def explained(
    failed: str | int | None, said: str, argv: Sequence[str], *, what: str = "the container"
) -> LayertuiError:
    """The error for a start that failed: an errno of execve, or the words of launcher and runtime."""
    if isinstance(failed, int):
        return not_executed(argv, failed)
    # runc and crun log as well as tell; the last line is the fatal one.
    line = said.splitlines()[-1] if said else failed or "no reason given"
    reason = _MESSAGE.sub(lambda found: found[1].replace('\\"', '"'), line)
    if len(reason) > _LONGEST:  # bwrap quotes all mount options
        reason = f"{reason[: _LONGEST // 2]} … {reason[-_LONGEST // 2 :]}"
    return StartFailed(f"{what} could not be started: {reason}")


def not_executed(argv: Sequence[str], number: int) -> CommandNotFound | CommandNotExecutable:
    """In docker's words: why a command was not executed."""
    if number in (errno.ENOENT, errno.ENOTDIR):
        missing = "no such file or directory" if "/" in argv[0] else "executable file not found in $PATH"
        return CommandNotFound(f'exec: "{argv[0]}": {missing}')
    return CommandNotExecutable(f'exec: "{argv[0]}": {os.strerror(number).lower()}')
