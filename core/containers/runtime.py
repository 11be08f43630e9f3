"""Runtime: what starts a container's process and adds others to it; and the way all of them are started, by a shim.

A runtime says how (`start`, `exec`, `pause`, `resume`); who looks after the process once it runs is always the shim, and
whether it lives is asked of the kernel. So there is no `state` or `kill` here: those are the same for every runtime.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from layertui.core.containers import shim
from layertui.core.containers.bundle import Bundle
from layertui.core.containers.launcher import failure
from layertui.core.containers.process import Process as Identity
from layertui.core.containers.spec import Process
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError, StorageError


class Runtime(Protocol):
    """A program that can start containers."""

    name: str
    program: str

    def start(self, bundle: Bundle) -> None:
        """The container runs when this returns. CommandNotFound, CommandNotExecutable, or StartFailed if it does not."""

    def exec(self, folder: Path, container_id: str, target: Identity, process: Process, *, stdin: bool) -> int:
        """One more process in the container whose first process is `target`; its exit code."""

    def pause(self, folder: Path, container_id: str) -> bool:
        """Every process of the container stands still; False where this cannot be had unseen."""

    def resume(self, folder: Path, container_id: str) -> None:
        """And goes on."""


class StartFailed(LayertuiError):
    """The runtime could not make the container's process."""


Plan = Iterable[tuple[str, str]]


def launch(folder: Path, plan: Plan, argv: Sequence[str]) -> None:
    """Start the shim of a bundle's folder with this plan, and wait until it says how it went."""
    text = "\0".join(f"{key}={value}" for key, value in plan)
    (folder / "plan").write_bytes(text.encode("utf-8", "surrogateescape"))
    command = [sys.executable or "python3", "-I", "-S", shim.__file__, str(folder)]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
    # Its standard error is ours for a traceback only, which must not get lost in a log that nobody reads.
    started = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=env, check=False)
    word, _, rest = started.stdout.partition(b" ")
    if word == b"ok":
        return
    if word != b"failed":
        lines = started.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StorageError(f"the container's shim ended early: {lines[-1] if lines else 'no reason given'}")
    told, _, said = rest.partition(b" ")
    raise explained(failure(bytes.fromhex(told.decode())), said.decode("utf-8", "replace").strip(), argv)


def explained(failed: str | int | None, said: str, argv: Sequence[str]) -> LayertuiError:
    """The error for a start that failed: an errno of execve, or the words of launcher and runtime."""
    if isinstance(failed, int):
        return not_executed(argv, failed)
    reason = said.splitlines()[-1] if said else failed or "no reason given"
    return StartFailed(f"the container could not be started: {reason}")


def not_executed(argv: Sequence[str], number: int) -> CommandNotFound | CommandNotExecutable:
    """In docker's words: why a command was not executed."""
    import errno

    if number in (errno.ENOENT, errno.ENOTDIR):
        missing = "no such file or directory" if "/" in argv[0] else "executable file not found in $PATH"
        return CommandNotFound(f'exec: "{argv[0]}": {missing}')
    return CommandNotExecutable(f'exec: "{argv[0]}": {os.strerror(number).lower()}')
