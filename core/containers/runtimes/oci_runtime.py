"""runc, crun, youki: OCI runtimes by the command line they have in common.

The overlay is a mount of the container's own config.json, so nothing is ever mounted where the host would see it. The
runtime's records lie in the bundle's folder and go with it.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from layertui.core.containers.process import Process as Identity
from layertui.core.containers.runtimes.bundle import Bundle, write_private
from layertui.core.containers.runtimes.launching import (
    Shim,
    StartFailed,
    exec_plan,
    explained,
    launch,
    not_executed,
)
from layertui.core.containers.runtimes.spec import Process, process_json, to_json
from layertui.core.containers.session import Client
from layertui.core.errors import CommandNotExecutable, CommandNotFound, Damaged, LayertuiError
from layertui.core.layers.beneath import Beneath
from layertui.core.oci import json

_LOG = 1 << 16  # bytes of a runtime's log that are looked at
UMASK = 0o022  # what runc adds to a container has runc's own, whatever its plan says


class OciRuntime:
    """An OCI runtime at a given place."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.program = path

    def start(self, bundle: Bundle) -> None:
        """Start the container of a bundle; see Runtime."""
        lowers = [str(lower) for lower in bundle.lowers]
        config = to_json(bundle.spec, lowers, str(bundle.upper), str(bundle.work))
        write_private(bundle.folder / "config.json", json.dumps(config))
        (bundle.folder / "rootfs").mkdir(mode=0o700)
        process = bundle.spec.process
        try:
            launch(bundle, self._plan(bundle))
        except StartFailed as error:
            # It may have come as far as a cgroup.
            subprocess.run(self._delete(bundle.folder, bundle.spec.id), capture_output=True, check=False)
            raise _in_docker_words(error, process) from None

    def _plan(self, bundle: Bundle) -> Iterator[tuple[str, str]]:
        make = ["run", "--detach"] if bundle.network is None else ["create"]
        run = [*self._command(bundle.folder), *make, "--pid-file", "pid", "--bundle", str(bundle.folder)]
        run += [*(["--console-socket", "console"] if bundle.spec.process.tty else []), bundle.spec.id]
        yield "kind", "detached"
        yield from bundle.plan()
        yield from (("run", word) for word in run)
        if bundle.network is not None:
            yield from (("begin", word) for word in (*self._command(bundle.folder), "start", bundle.spec.id))
        yield "record", f"runtime/{bundle.spec.id}/state.json"
        yield from (("cleanup", word) for word in self._delete(bundle.folder, bundle.spec.id))

    def exec(self, folder: Path, container_id: str, target: Identity, process: Process, *, stdin: bool) -> int:
        """Add a process by `exec`; see Runtime."""
        _require(target, process)
        # Not on the disk, which may be full just when somebody wants to look why.
        with _in_memory(json.dumps(process_json(process))) as plan, _in_memory(b"") as log:
            command = [*self._command(folder), "--log", _path(log), "--log-format", "json"]
            command += ["exec", "--process", _path(plan), container_id]
            with subprocess.Popen(
                command, stdin=None if stdin else subprocess.DEVNULL, pass_fds=(plan, log), umask=UMASK
            ) as running:
                code = _patiently(running)
            if code and (failure := _failure(os.pread(log, _LOG, 0))):
                raise _in_docker_words(explained(None, failure, process.args, what="the command"), process)
            return code

    def exec_tty(
        self, folder: Path, own: Path, container_id: str, target: Identity, process: Process, client: Client
    ) -> None:
        """Add a process by `exec --detach`, looked after by a shim of its own; see Runtime."""
        _require(target, process)
        write_private(own / "process.json", json.dumps(process_json(process)))
        run = [*self._command(folder), "exec", "--detach", "--process", "process.json", "--pid-file", "pid"]
        run += ["--console-socket", "console", container_id]
        with Shim(own, client) as shim:
            failed = shim.told(exec_plan(run))
        if failed is not None:
            raise _in_docker_words(explained(None, failed[1], process.args, what="the command"), process)

    def pause(self, folder: Path, container_id: str, target: Identity) -> bool:
        """Freeze the container's cgroup, which nothing in it notices; see Runtime."""
        del target
        done = subprocess.run([*self._command(folder), "pause", container_id], capture_output=True, check=False)
        return done.returncode == 0

    def resume(self, folder: Path, container_id: str) -> None:
        """Thaw it."""
        subprocess.run([*self._command(folder), "resume", container_id], capture_output=True, check=False)

    def _command(self, folder: Path) -> list[str]:
        return [self.program, "--root", str(folder / "runtime")]

    def _delete(self, folder: Path, container_id: str) -> list[str]:
        return [*self._command(folder), "delete", "--force", container_id]


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A file that lies in no folder; its descriptor is passed on."""
    fd = os.memfd_create("layertui")
    try:
        os.write(fd, content)
        yield fd
    finally:
        os.close(fd)


def _path(fd: int) -> str:
    return f"/proc/self/fd/{fd}"


def _patiently(running: subprocess.Popen[bytes]) -> int:
    while True:
        with suppress(KeyboardInterrupt):  # the process inside got it too, and decides
            return running.wait()


def _failure(log: bytes) -> str | None:
    """Why the runtime itself has failed, by its log of JSON lines: its code alone may be the command's."""
    failures = []
    for line in log.splitlines():
        with suppress(Damaged):
            said = json.recall_object(line)
            failures += [str(said.get("msg"))] if said.get("level") in ("error", "fatal") else []
    return failures[-1] if failures else None


def _require(target: Identity, process: Process) -> None:
    """A command that can be executed: the runtime would tell of what is missing on the standard error that is the command's."""
    with Beneath(f"/proc/{target.pid}/root", symlinks=True) as root:
        _require_folder(root, process)
        _require_executable(root, process)


def _in_docker_words(error: LayertuiError, process: Process) -> LayertuiError:
    """Runtimes tell in prose; these are the phrases by which docker itself sorts them."""
    said = str(error)
    if "exec:" not in said and "exec failed" not in said:
        return error
    if "executable file not found" in said or "no such file or directory" in said:
        return CommandNotFound(str(not_executed(process.args, errno.ENOENT)))
    for number in (errno.EACCES, errno.ENOEXEC, errno.EISDIR, errno.ENOTDIR):
        if os.strerror(number).lower() in said.lower():
            return CommandNotExecutable(f'exec: "{process.args[0]}": {os.strerror(number).lower()}')
    return error


def _require_folder(root: Beneath, process: Process) -> None:
    reason = os.strerror(errno.ENOTDIR)
    try:
        if stat.S_ISDIR(root.stat(process.cwd, last=True).st_mode):
            return
    except OSError as error:
        reason = error.strerror or str(error)
    raise CommandNotExecutable(f"the working folder cannot be entered: {process.cwd}: {reason}")


def _require_executable(root: Beneath, process: Process) -> None:
    from layertui.core.containers.runtimes.launcher import candidates

    worst = errno.ENOENT
    for place in candidates(process.args[0], process.env):
        with suppress(OSError):
            found = root.stat(os.path.join(process.cwd, place), last=True)
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o111:
                return
            worst = errno.EACCES
    raise not_executed(process.args, worst)
