"""bwrap: containers where no OCI runtime works, and for users who are not root.

bwrap makes the namespaces and mounts; the launcher does what it cannot. As root too a user namespace is made, in which
every id stands for itself: so the kernel gives the container's root no rights over the host beyond those of its files.
Those would still be many under /proc, whose files root may write by owner alone; hence the read-only mounts there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from layertui.core.containers.ids import Ids
from layertui.core.containers.process import Process as Identity
from layertui.core.containers.process import namespaces_of
from layertui.core.containers.runtimes import cgroups, freezer, seccomp
from layertui.core.containers.runtimes.bundle import Bundle, write_private
from layertui.core.containers.runtimes.capabilities import KNOWN, bits
from layertui.core.containers.runtimes.launcher import Launch, candidates, program
from layertui.core.containers.runtimes.launching import (
    Shim,
    StartFailed,
    exec_plan,
    explained,
    launch,
    not_executed,
)
from layertui.core.containers.runtimes.spec import MASKED, READ_ONLY, Process, Spec
from layertui.core.containers.session import Client
from layertui.core.errors import CommandNotExecutable, LayertuiError
from layertui.core.streams.window import read_small

_JOIN = (sys.executable or "python3", "-I", "-S", str(Path(__file__).with_name("join.py")))
_LENT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")  # without them the launcher could not do its work
STATUS_FD, LAUNCHER_FD, INFO_FD, BLOCK_FD, CONSOLE_FD = 10, 11, 12, 13, 14


class Bubblewrap:
    """The `bwrap` at a given place."""

    name = "bwrap"

    def __init__(self, path: str, ids: Ids) -> None:
        self.program = path
        self.ids = ids

    def start(self, bundle: Bundle) -> None:
        """Start the container of a bundle; see Runtime."""
        process = bundle.spec.process
        if bundle.spec.limits and self.ids.mode != "root":
            raise StartFailed(
                "limits on memory, processors and processes need a cgroup, which only root can make; leave them out"
            )
        made = program(
            Launch(
                console_fd=CONSOLE_FD if process.tty else None,
                gate_fd=CONSOLE_FD if bundle.network is not None else None,
                argv=process.args,
                env=process.env,
                cwd=process.cwd,
                uid=process.user.uid,
                gid=process.user.gid,
                groups=process.user.groups if self.ids.mode != "single" else None,
                capabilities=bits(process.capabilities),
                lent=[KNOWN.index(name) for name in _LENT if name not in process.capabilities],
                filter=_filter(process),
                status_fd=STATUS_FD,
                closed=(LAUNCHER_FD, INFO_FD, BLOCK_FD, *(() if process.tty else (CONSOLE_FD,))),
            )
        )
        if made is None:
            raise StartFailed(f"bwrap containers need a launcher, and none is known for {os.uname().machine}")
        write_private(bundle.folder / "launcher", made)
        (bundle.folder / "launcher").chmod(0o500)
        made_for = cgroups.limited(bundle.spec.limits, bundle.spec.id) if bundle.spec.limits else []
        try:
            launch(bundle, self._plan(bundle, made_for))
        except LayertuiError:
            cgroups.remove(made_for)
            raise

    def _plan(self, bundle: Bundle, limiting: Sequence[Path]) -> Iterator[tuple[str, str]]:
        yield "kind", "child"
        yield from (("cgroup", str(folder)) for folder in limiting)
        if limiting:
            yield from (("cleanup", word) for word in ("rmdir", *map(str, limiting)))
        yield from bundle.plan()
        yield "launcher", "launcher"
        yield from (("fds", str(fd)) for fd in (STATUS_FD, LAUNCHER_FD, INFO_FD, BLOCK_FD, CONSOLE_FD))
        yield from (("run", word) for word in self.command(bundle))
        yield from (("uid_map", line) for line in self.ids.uid_map)
        yield from (("gid_map", line) for line in self.ids.gid_map)

    def command(self, bundle: Bundle) -> list[str]:
        """The command line, as the shim runs it."""
        spec, words = bundle.spec, [self.program, "--unshare-user", "--unshare-pid", "--unshare-uts", "--unshare-ipc"]
        words += [
            "--unshare-cgroup-try",
            *([] if spec.net == "host" else ["--unshare-net"]),
            "--hostname",
            spec.hostname,
        ]
        for lower in reversed(bundle.lowers):  # bwrap wants the bottom first
            words += ["--overlay-src", str(lower)]
        words += ["--overlay", str(bundle.upper), str(bundle.work), "/", *_mounts(spec)]
        words += ["--cap-drop", "ALL"]
        for capability in dict.fromkeys((*spec.process.capabilities, *_LENT)):
            words += ["--cap-add", capability]
        if self.ids.mode == "single":
            words += ["--uid", str(spec.process.user.uid), "--gid", str(spec.process.user.gid)]
            words += ["--block-fd", str(BLOCK_FD)]
        else:
            words += ["--userns-block-fd", str(BLOCK_FD)]
        words += ["--info-fd", str(INFO_FD), "--clearenv", "--as-pid-1", "--die-with-parent", "--"]
        return [*words, f"/proc/self/fd/{LAUNCHER_FD}"]

    def exec(self, folder: Path, container_id: str, target: Identity, process: Process, *, stdin: bool) -> int:
        """Join the namespaces of the container's first process; see Runtime."""
        del folder
        return _run_join(self._join_plan(container_id, target, process), process.args, stdin=stdin)

    def exec_tty(
        self, folder: Path, own: Path, container_id: str, target: Identity, process: Process, client: Client
    ) -> None:
        """Join them in the care of a shim; see Runtime."""
        del folder
        write_private(own / "join", _joined(self._join_plan(container_id, target, process)))
        with Shim(own, client) as shim:
            failed = shim.told(exec_plan((*_JOIN, "join", "2")))
        if failed is not None:
            _raise_told(failed[1], process.args)
            raise explained(None, failed[1], process.args, what="the command")

    def _join_plan(self, container_id: str, target: Identity, process: Process) -> list[tuple[str, str]]:
        ours, theirs = namespaces_of("self"), namespaces_of(target.pid)
        return [
            ("pid", str(target.pid)),
            ("start_time", str(target.start_time)),
            *(("cgroup", str(folder)) for folder in cgroups.cgroups_of(container_id)),
            *(("namespace", kind) for kind in theirs if theirs[kind] != ours.get(kind)),
            ("uid", str(process.user.uid)),
            ("gid", str(process.user.gid)),
            *(("group", str(gid)) for gid in process.user.groups),
            ("ids", self.ids.mode),
            ("capabilities", str(bits(process.capabilities))),
            *([("filter", made.hex())] if (made := _filter(process)) else []),
            ("cwd", process.cwd),
            *(("place", place) for place in candidates(process.args[0], process.env)),
            *(("arg", word) for word in process.args),
            *(("env", pair) for pair in process.env),
            *([("tty", "1")] if process.tty else []),
        ]

    def pause(self, folder: Path, container_id: str, target: Identity) -> bool:
        """Put every process of the container into a freezer of ours, where we may make one; see Runtime."""
        frozen = freezer.freeze(container_id, target)
        if frozen is not None:
            write_private(folder / "freezer", os.fsencode(frozen))
        return frozen is not None

    def resume(self, folder: Path, container_id: str) -> None:
        """Let them out of it."""
        del container_id
        note = folder / "freezer"
        if note.exists():
            if frozen := read_small(note):
                freezer.thaw(Path(os.fsdecode(frozen)))
            note.unlink()


def _filter(process: Process) -> bytes | None:
    return seccomp.program(process.capabilities, os.uname().machine) if process.confined else None


def _mounts(spec: Spec) -> Iterator[str]:
    yield from ("--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue")
    if spec.process.tty:
        yield from ("--symlink", "pts/0", "/dev/console")  # the first that is made in this /dev/pts: the launcher's
    yield from ("--perms", "1777", "--size", str(spec.shm_size), "--tmpfs", "/dev/shm")  # noqa: S108
    yield from ("--ro-bind", "/sys", "/sys", "--tmpfs", "/sys/fs/cgroup", "--remount-ro", "/sys/fs/cgroup")
    for path in READ_ONLY:
        # The host's own: what lies under /proc/sys shows the namespaces of who looks, not of the mount.
        if os.path.exists(path):
            yield from ("--ro-bind", path, path)
    for path in MASKED:
        if os.path.isdir(path):
            yield from ("--tmpfs", path, "--remount-ro", path)
        elif os.path.exists(path):
            yield from ("--ro-bind", "/dev/null", path)
    for mount in spec.mounts:
        if mount.kind == "bind":
            yield from ("--ro-bind" if mount.read_only else "--bind", mount.source, mount.target)
            continue
        yield from (() if mount.mode is None else ("--perms", f"{mount.mode:o}"))
        yield from (() if mount.size is None else ("--size", str(mount.size)))
        yield from ("--tmpfs", mount.target, *(("--remount-ro", mount.target) if mount.read_only else ()))
    if spec.read_only:
        yield from ("--remount-ro", "/")


def _run_join(plan: Sequence[tuple[str, str]], argv: Sequence[str], *, stdin: bool) -> int:
    """Run join.py on our own standard streams; it tells on a pipe why it did not come to an execve."""
    told, theirs = os.pipe()
    given, writes = os.pipe()
    command = [*_JOIN, f"/dev/fd/{given}", str(theirs)]
    with subprocess.Popen(command, stdin=None if stdin else subprocess.DEVNULL, pass_fds=(given, theirs)) as joined:
        os.close(given)
        os.close(theirs)
        with open(writes, "wb") as out:
            out.write(_joined(plan))
        with open(told, "rb") as answer:
            why = answer.read().decode("utf-8", "replace")
        code = _patiently(joined)
    _raise_told(why, argv)
    return code


def _joined(plan: Sequence[tuple[str, str]]) -> bytes:
    return "\0".join(f"{key}={value}" for key, value in plan).encode("utf-8", "surrogateescape")


def _raise_told(told: str, argv: Sequence[str]) -> None:
    """What join.py told as the error that it is; nothing where it told nothing."""
    kind, _, rest = told.partition(" ")
    if kind == "exec":
        raise not_executed(argv, int(rest))
    if kind == "chdir":
        raise CommandNotExecutable(f"the working folder cannot be entered: {rest}")
    if kind:
        raise LayertuiError(f"the container's namespaces cannot be joined: {rest}")


def _patiently(joined: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return joined.wait()
        except KeyboardInterrupt:  # the process inside got it too, and decides
            continue
