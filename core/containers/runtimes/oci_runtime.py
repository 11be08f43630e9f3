"""Runs containers with runc, crun or youki, by the command line that these OCI runtimes share.

The overlay is a mount in the container's config.json, so nothing is mounted where the host would see it. The runtime's
state is in the bundle's folder and is deleted with it.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from layertui.core.containers.model.process_identity import Process as Identity
from layertui.core.containers.runtimes.added_process import AddedProcess
from layertui.core.containers.runtimes.bundle import Bundle
from layertui.core.containers.runtimes.runtime_spec import ProcessSpec, process_json, to_json
from layertui.core.containers.runtimes.shim_launch import StartFailed, exec_error, launch, start_error
from layertui.core.containers.runtimes.shim_process import Shim
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError
from layertui.core.fs.atomic import write_private
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json


class OciRuntime:
    """runc, crun or youki: one program of the host, started for each call."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.program = path

    def start(self, bundle: Bundle) -> None:
        """Start the container of a bundle; see Runtime."""
        lowers = [str(lower) for lower in bundle.lowers]
        size = bundle.shim.client.size if bundle.shim is not None else None
        config = to_json(bundle.spec, lowers, str(bundle.upper), str(bundle.work), size)
        write_private(bundle.folder / "config.json", strict_json.dumps(config))
        (bundle.folder / "rootfs").mkdir(mode=0o700)
        process = bundle.spec.process
        try:
            launch(bundle, self._plan(bundle))
        except StartFailed as error:
            # It may have made a cgroup already.
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

    def exec(self, added: AddedProcess) -> None:
        """Add a process by `exec --detach`; see Runtime."""
        added.check()
        described = process_json(added.process, added.client.size)
        write_private(added.folder / "process.json", strict_json.dumps(described))
        with Shim(added.folder, added.client) as shim:
            failed = shim.run_plan((*added.plan(), *self._exec_plan(added)))
        if failed is not None:
            error = start_error(None, failed[1], added.process.args, what=tr("the command"))
            raise _in_docker_words(error, added.process)

    def _exec_plan(self, added: AddedProcess) -> Iterator[tuple[str, str]]:
        # Otherwise warnings of the runtime would go to the command's standard error; fatal errors are written there in any case.
        run = [*self._command(added.run), "--log", os.devnull, "exec", "--detach", "--process", "process.json"]
        run += [
            "--pid-file",
            "pid",
            *(["--console-socket", "console"] if added.process.tty else []),
            added.container_id,
        ]
        yield "kind", "detached"
        yield from (("run", word) for word in run)

    def pause(self, folder: Path, container_id: str, target: Identity) -> bool:
        """Freeze the container's cgroup, which no process can notice; see Runtime."""
        done = subprocess.run([*self._command(folder), "pause", container_id], capture_output=True, check=False)
        return done.returncode == 0

    def resume(self, folder: Path, container_id: str) -> None:
        subprocess.run([*self._command(folder), "resume", container_id], capture_output=True, check=False)

    def _command(self, folder: Path) -> list[str]:
        return [self.program, "--root", str(folder / "runtime")]

    def _delete(self, folder: Path, container_id: str) -> list[str]:
        return [*self._command(folder), "delete", "--force", container_id]


# Runtimes report errors as text. docker itself recognises the first ones, which are runc's; the others are crun's.
_OF_A_COMMAND = ("exec:", "exec failed", "executable file `", "is not executable")


def _in_docker_words(error: LayertuiError, process: ProcessSpec) -> LayertuiError:
    """Docker's error for a command that a runtime cannot execute; any other error unchanged."""
    said = str(error).lower()
    if not any(words in said for words in _OF_A_COMMAND):
        return error
    if "executable file not found" in said or "no such file or directory" in said:
        return CommandNotFound(str(exec_error(process.args, errno.ENOENT)))
    if "exists but it is not executable" in said:
        return CommandNotExecutable(str(exec_error(process.args, errno.EACCES)))
    for number in (errno.EACCES, errno.ENOEXEC, errno.EISDIR, errno.ENOTDIR):
        if os.strerror(number).lower() in said:
            return CommandNotExecutable(
                tr('exec: "{args}": {number}', args=process.args[0], number=os.strerror(number).lower())
            )
    return error
