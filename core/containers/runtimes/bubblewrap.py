"""Runs containers with bubblewrap, if no OCI runtime works, and for plain users.

bwrap creates namespaces and mounts; the launcher does what bwrap cannot. For root too it creates a user namespace, in
which every ID maps to itself, so that the container's root has no rights over the host beyond those of its files. In
/proc these would still be many, because root may write its files by ownership alone; hence the read-only mounts there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from layertui.core.containers.model.id_ranges import Ids
from layertui.core.containers.model.process_identity import Process as Identity
from layertui.core.containers.model.process_identity import namespaces_of
from layertui.core.containers.runtimes.added_process import AddedProcess
from layertui.core.containers.runtimes.bundle import Bundle
from layertui.core.containers.runtimes.isolation import cgroups, freezer, seccomp
from layertui.core.containers.runtimes.isolation.capabilities import KNOWN, bits
from layertui.core.containers.runtimes.launcher.launcher import JoinPlan, LaunchPlan, failure, program
from layertui.core.containers.runtimes.runtime_spec import MASKED, READ_ONLY, ProcessSpec, RuntimeSpec
from layertui.core.containers.runtimes.shim_launch import StartFailed, launch, start_error
from layertui.core.containers.runtimes.shim_process import Shim
from layertui.core.errors import LayertuiError
from layertui.core.fs.atomic import write_private
from layertui.core.fs.file_window import read_small
from layertui.core.language.texts import tr

_LENT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SYS_ADMIN")  # needed by the launcher
STATUS_FD, LAUNCHER_FD, INFO_FD, BLOCK_FD, CONSOLE_FD = 10, 11, 12, 13, 14
TARGET_FD, PID_FD = INFO_FD, BLOCK_FD  # the launcher gets these instead when it joins a container
NAMESPACES = {
    "time": 0x80, "mnt": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000,
    "pid": 0x20000000, "net": 0x40000000,
}  # fmt: skip


class Bubblewrap:
    """Runs containers by a `bwrap` program (bubblewrap)."""

    name = "bwrap"

    def __init__(self, path: str, ids: Ids) -> None:
        self.program = path
        self.ids = ids

    def start(self, bundle: Bundle) -> None:
        """Start the container of a bundle; see Runtime. Raises StartFailed."""
        process = bundle.spec.process
        if bundle.spec.limits and self.ids.mode != "root":
            raise StartFailed(
                tr("limits on memory, processors and processes need a cgroup, which only root can make; leave them out")
            )
        made = program(
            LaunchPlan(
                **self._as_asked(process),
                devices=_host_devices() if self.ids.mode == "root" else {},
                console_fd=CONSOLE_FD if process.tty else None,
                gate_fd=CONSOLE_FD if bundle.network is not None else None,
                lent=[KNOWN.index(name) for name in _LENT if name not in process.capabilities],
                status_fd=STATUS_FD,
                closed=(LAUNCHER_FD, INFO_FD, BLOCK_FD, *(() if process.tty else (CONSOLE_FD,))),
            )
        )
        if made is None:
            raise StartFailed(
                tr("bwrap containers need a launcher, and none is known for {machine}", machine=os.uname().machine)
            )
        write_private(bundle.folder / "launcher", made)
        (bundle.folder / "launcher").chmod(0o500)
        made_for = cgroups.make_cgroup(bundle.spec.limits, bundle.spec.id) if bundle.spec.limits else []
        try:
            launch(bundle, self._plan(bundle, made_for))
        except LayertuiError:
            cgroups.remove(made_for)
            raise

    def _as_asked(self, process: ProcessSpec) -> dict[str, Any]:
        """The fields of a LaunchPlan that are the same for every process."""
        return {
            "argv": process.args,
            "env": process.env,
            "cwd": process.cwd,
            "uid": process.user.uid,
            "gid": process.user.gid,
            "groups": process.user.groups if self.ids.mode != "single" else None,
            "capabilities": bits(process.capabilities),
            "filter": _filter(process),
        }

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
        """The command line that the shim runs."""
        spec, words = bundle.spec, [self.program, "--unshare-user", "--unshare-pid", "--unshare-uts", "--unshare-ipc"]
        words += [
            "--unshare-cgroup-try",
            *([] if spec.net == "host" else ["--unshare-net"]),
            "--hostname",
            spec.hostname,
        ]
        for lower in reversed(bundle.lowers):  # bwrap takes the bottom layer first
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

    def exec(self, added: AddedProcess) -> None:
        """Have the launcher join the namespaces of the container's first process; see Runtime. Raises StartFailed."""
        added.check()
        cgroup_folders = cgroups.cgroups_of(added.container_id)
        made = program(self._joining(added, len(cgroup_folders)))
        if made is None:
            raise StartFailed(
                tr("bwrap containers need a launcher, and none is known for {machine}", machine=os.uname().machine)
            )
        write_private(added.folder / "launcher", made)
        with Shim(added.folder, added.client) as shim:
            failed = shim.run_plan((*added.plan(), *_join_plan(added, cgroup_folders)))
        if failed is not None:
            reason = failure(failed[0]) if failed[0] else failed[1]
            raise start_error(reason, failed[1], added.process.args, what=tr("the command"))

    def _joining(self, added: AddedProcess, cgroup_count: int) -> LaunchPlan:
        process, ours, theirs = added.process, namespaces_of("self"), namespaces_of(added.target.pid)
        allowed = bits(process.capabilities)
        cgroup_fds = range(CONSOLE_FD + 1, CONSOLE_FD + 1 + cgroup_count)
        return LaunchPlan(
            **self._as_asked(process),
            # This process has all its capabilities; for a container's first process bwrap has dropped some.
            lent=[bit for bit in range(_last_capability() + 1) if not allowed >> bit & 1],
            status_fd=STATUS_FD,
            console_fd=CONSOLE_FD if process.tty else None,
            closed=(LAUNCHER_FD, TARGET_FD, PID_FD, *cgroup_fds, *(() if process.tty else (CONSOLE_FD,))),
            join=JoinPlan(
                pidfd=TARGET_FD,
                namespaces=sum(NAMESPACES[kind] for kind in theirs if theirs[kind] != ours.get(kind)),
                cgroups=cgroup_fds,
                pid_fd=PID_FD,
            ),
        )

    def pause(self, folder: Path, container_id: str, target: Identity) -> bool:
        """Put every process of the container into a freezer cgroup of ours, if we may make one; see Runtime."""
        frozen = freezer.freeze(container_id, target)
        if frozen is not None:
            write_private(folder / "freezer", os.fsencode(frozen))
        return frozen is not None

    def resume(self, folder: Path, container_id: str) -> None:
        """Release them from it."""
        note = folder / "freezer"
        if note.exists():
            if frozen := read_small(note):
                freezer.thaw(Path(os.fsdecode(frozen)))
            note.unlink()


def _host_devices() -> dict[str, int]:
    """The host's devices that bwrap binds into /dev, with the options of their mounts, such as nodev, as MS_* flags."""
    wanted = os.ST_NOSUID | getattr(os, "ST_NODEV", 4) | getattr(os, "ST_NOEXEC", 8)  # the same bits as MS_*
    paths = (f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty"))
    return {path: os.statvfs(path).f_flag & wanted | os.ST_NOSUID for path in paths if os.path.exists(path)}


def _filter(process: ProcessSpec) -> bytes | None:
    return seccomp.program(process.capabilities, os.uname().machine) if process.confined else None


def _mounts(spec: RuntimeSpec) -> Iterator[str]:
    yield from ("--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue")
    if spec.process.tty:
        yield from ("--symlink", "pts/0", "/dev/console")  # the first terminal of this /dev/pts: the launcher's
    yield from ("--perms", "1777", "--size", str(spec.shm_size), "--tmpfs", "/dev/shm")  # noqa: S108
    yield from ("--ro-bind", "/sys", "/sys", "--tmpfs", "/sys/fs/cgroup", "--remount-ro", "/sys/fs/cgroup")
    for path in READ_ONLY:
        # The host's own: files in /proc/sys show the namespaces of the reader, not of the mount.
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


def _join_plan(added: AddedProcess, cgroup_folders: Sequence[Path]) -> Iterator[tuple[str, str]]:
    yield "kind", "joined"
    yield "launcher", "launcher"
    yield "join", str(added.target.pid)
    yield "join_start_time", str(added.target.start_time)
    fds = (STATUS_FD, LAUNCHER_FD, TARGET_FD, PID_FD, CONSOLE_FD)
    yield from (("fds", str(fd)) for fd in (*fds, *range(CONSOLE_FD + 1, CONSOLE_FD + 1 + len(cgroup_folders))))
    yield from (("cgroup", str(folder)) for folder in cgroup_folders)


def _last_capability() -> int:
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        return int(file.read())
