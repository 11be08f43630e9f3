"""Starts a shim, which starts a runtime; and converts failures to docker's error messages.

It is the same for every runtime: the shim always manages the container's process.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.runtimes.shim_process import Shim
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.runtimes.bundle import Bundle
    from layertui.core.containers.runtimes.runtime_spec import ProcessSpec
    from layertui.core.containers.runtimes.shim_process import Plan

_MESSAGE = re.compile(r'^time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)".*$')

_LONGEST = 400
_ROOM_FOR_A_SESSION = 1 << 16


class StartFailed(LayertuiError):
    """The runtime could not make the container's process."""


def launch(bundle: Bundle, plan: Plan) -> None:
    """Send a plan to the shim of a bundle, and wait for the result. Raises CommandNotFound, CommandNotExecutable, StartFailed."""
    with bundle.shim or Shim(bundle.folder) as shim:
        failed = shim.run_plan(plan)
    if failed is not None:
        from layertui.core.containers.runtimes.launcher.launcher import failure

        report, output = failed
        raise start_error(failure(report), output, bundle.spec.process.args)


def session_folder(folder: Path) -> Path:
    """The working folder for the shim of one `exec` process, which removes the folder itself.

    Below `folder`, or elsewhere if that disk is full: a user may want to find out why.
    """
    import tempfile  # late: importing it takes a millisecond

    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < _ROOM_FOR_A_SESSION:
        return Path(tempfile.mkdtemp(prefix="layertui-exec-"))
    (folder / "exec").mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder / "exec"))


def exec_plan(process: ProcessSpec, *, stdin: bool) -> Plan:
    """The part of that shim's plan that is the same for every runtime."""
    yield "log", os.devnull
    yield "alone", "1"
    if process.tty:
        yield "tty", "1"
    elif stdin:
        yield "stdin", "once"


def start_error(
    failed: str | int | None, output: str, argv: Sequence[str], *, what: str = tr("the container")
) -> LayertuiError:
    """The error for a failed start: from an errno of execve, or from messages of launcher and runtime."""
    if isinstance(failed, int):
        return exec_error(argv, failed)
    # runc and crun also write warnings; the last line is the fatal error.
    line = output.splitlines()[-1] if output else failed or tr("no reason given")
    reason = _MESSAGE.sub(lambda found: found[1].replace('\\"', '"'), line)
    from layertui.core.containers.runtimes.advice import refused_namespaces  # late: only after a failure

    reason = refused_namespaces(reason) or reason
    if len(reason) > _LONGEST:  # bwrap quotes all mount options
        reason = f"{reason[: _LONGEST // 2]} … {reason[-_LONGEST // 2 :]}"
    return StartFailed(tr("{what} could not be started: {reason}", what=what, reason=reason))


def exec_error(argv: Sequence[str], number: int) -> CommandNotFound | CommandNotExecutable:
    """Docker's error for a command that was not executed."""
    if number in (errno.ENOENT, errno.ENOTDIR):
        missing = tr("no such file or directory") if "/" in argv[0] else tr("executable file not found in $PATH")
        return CommandNotFound(tr('exec: "{argv}": {missing}', argv=argv[0], missing=missing))
    return CommandNotExecutable(tr('exec: "{argv}": {number}', argv=argv[0], number=os.strerror(number).lower()))
