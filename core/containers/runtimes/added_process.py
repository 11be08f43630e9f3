"""The input of a runtime to add one process to a running container (`exec`)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from errno import EACCES, ENOENT, ENOTDIR
from pathlib import Path

from layertui.core.containers.model.process_identity import Process as Identity
from layertui.core.containers.model.shim_session import Client
from layertui.core.containers.runtimes.launcher.launcher import candidates
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec
from layertui.core.containers.runtimes.shim_launch import exec_error, exec_plan
from layertui.core.errors import CommandNotExecutable
from layertui.core.fs.beneath import Beneath
from layertui.core.language.texts import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedProcess:
    """A process to add to a running container, and the folder of its shim."""

    container_id: str
    run: Path
    """The folder of the container's last start."""
    folder: Path
    """The working folder of its shim: see `shim_launch.session_folder`."""
    target: Identity
    """The container's first process."""
    process: ProcessSpec
    stdin: bool
    client: Client
    """The client that is attached from the first byte on."""

    def plan(self) -> Iterator[tuple[str, str]]:
        """The part of its shim's plan that is the same for every runtime."""
        yield from exec_plan(self.process, stdin=self.stdin)

    def check(self) -> None:
        """Raise CommandNotFound or CommandNotExecutable for a command that cannot be executed in the container now.

        A runtime would write that to the command's standard error. No symlink is followed out of the container, nor a link of
        /proc to a file without a path, such as `/proc/self/exe`: that would be the runtime.
        """
        with Beneath(f"/proc/{self.target.pid}/root", symlinks=True) as root:
            _check_folder(root, self.process)
            _check_executable(root, self.process)


def _check_folder(root: Beneath, process: ProcessSpec) -> None:
    reason = os.strerror(ENOTDIR)
    try:
        if stat.S_ISDIR(root.stat(process.cwd, last=True).st_mode):
            return
    except OSError as error:
        reason = error.strerror or str(error)
    raise CommandNotExecutable(
        tr("the working folder cannot be entered: {cwd}: {reason}", cwd=process.cwd, reason=reason)
    )


def _check_executable(root: Beneath, process: ProcessSpec) -> None:
    worst = ENOENT
    for path in candidates(process.args[0], process.env):
        try:
            found = root.stat(os.path.join(process.cwd, path), last=True)
        except OSError as error:
            if error.errno not in (ENOENT, ENOTDIR):
                worst = EACCES
            continue
        if stat.S_ISREG(found.st_mode) and found.st_mode & 0o111:
            return
        worst = EACCES
    raise exec_error(process.args, worst)
