"""Converts an image config and the options of `create` to a config.json of the runtime-spec (config.md).

The intermediate value holds what every runtime needs. Capabilities, masked and read-only paths are docker's defaults.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from layertui.core.containers.model.c_strings import require_c_string
from layertui.core.containers.model.container import SHM_SIZE
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.containers.model.session import TerminalSize
from layertui.core.containers.runtimes.isolation import seccomp
from layertui.core.containers.runtimes.isolation.capabilities import DEFAULT
from layertui.core.containers.runtimes.user_lookup import ContainerUser
from layertui.core.language.texts import tr

MASKED = (
    "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
)  # fmt: skip
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """One process: the container's first, or one that `exec` adds."""

    args: tuple[str, ...]
    env: tuple[str, ...]
    cwd: str
    user: ContainerUser
    tty: bool = False
    capabilities: tuple[str, ...] = DEFAULT
    """Those of root; for other users, the bounding set for setuid programs."""
    no_new_privileges: bool = False
    confined: bool = True
    """Whether docker's seccomp filter applies."""

    def __post_init__(self) -> None:
        for what, texts in (
            (tr("an argument"), self.args),
            ("a variable", self.env),
            (tr("the working folder"), (self.cwd,)),
        ):
            for text in texts:
                require_c_string(text, what)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSpec:
    """The input for a runtime, independent of which one."""

    id: str
    hostname: str
    process: ProcessSpec
    net: str = "none"
    read_only: bool = False
    mounts: tuple[Mount, ...] = ()
    """Outer mounts before those inside them."""
    limits: Limits = field(default_factory=Limits)
    shm_size: int = SHM_SIZE
    """Bytes of `/dev/shm`."""


def to_json(
    spec: RuntimeSpec, lowers: Sequence[str], upper: str, work: str, size: TerminalSize | None = None
) -> dict[str, Any]:
    """A config.json of the runtime-spec (config.md, config-linux.md); `lowers` are top first, `size` that of the terminal.

    The overlay is a mount like the others, at `/`: so it is made in the container's own mount namespace, and the host
    never sees it. `userxattr`, so that the layers on disk are the same with and without a user namespace.
    """
    overlay = [f"lowerdir={':'.join(lowers)}", f"upperdir={upper}", f"workdir={work}", "userxattr"]
    if spec.read_only:  # not `root.readonly`: crun applies that to what is below the overlay
        overlay.append("ro")
    namespaces = ["pid", "ipc", "uts", "mount", "cgroup", *([] if spec.net == "host" else ["network"])]
    filtered = seccomp.profile(spec.process.capabilities, os.uname().machine) if spec.process.confined else None
    return {
        "ociVersion": "1.0.2",
        "hostname": spec.hostname,
        "root": {"path": "rootfs", "readonly": spec.read_only},
        "process": process_json(spec.process, size),
        "mounts": [
            {"destination": "/", "type": "overlay", "source": "overlay", "options": overlay},
            *_MOUNTS,
            _shared_memory(spec.shm_size),
            *map(_mount_json, spec.mounts),
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in namespaces],
            "cgroupsPath": f"/layertui/{spec.id}",
            "resources": {"devices": [{"allow": False, "access": "rwm"}, *_DEVICES], **spec.limits.to_json()},
            **({"seccomp": filtered} if filtered else {}),
            "maskedPaths": list(MASKED),
            "readonlyPaths": list(READ_ONLY),
        },
    }


def process_json(process: ProcessSpec, size: TerminalSize | None = None) -> dict[str, Any]:
    """The `process` object of config.json and of `exec`.

    `size` is that of the terminal: crun may run the program before the shim has set it.
    """
    names = list(process.capabilities)
    own = names if process.user.uid == 0 else []
    return {
        "terminal": process.tty,
        **(_console(size) if process.tty and size is not None else {}),
        "user": {
            "uid": process.user.uid,
            "gid": process.user.gid,
            "umask": 0o022,
            "additionalGids": list(process.user.groups),
        },
        "args": list(process.args),
        "env": list(process.env),
        "cwd": process.cwd,
        "capabilities": {"bounding": names, "effective": own, "permitted": own, "inheritable": [], "ambient": []},
        "noNewPrivileges": process.no_new_privileges,
    }


def _console(size: TerminalSize) -> dict[str, Any]:
    height, width = (min(number, 0xFFFF) for number in size)
    return {"consoleSize": {"height": height, "width": width}}


def _mount_json(mount: Mount) -> dict[str, Any]:
    access = ["ro"] if mount.read_only else []
    if mount.kind == "bind":
        options = ["rbind", "rprivate", *access]
    else:
        sized = [f"size={mount.size}"] if mount.size is not None else []
        moded = [f"mode={mount.mode:o}"] if mount.mode is not None else []
        options = ["noexec", "nosuid", "nodev", *mount.flags, *access, *sized, *moded]
    return {"destination": mount.target, "type": mount.kind, "source": mount.source or "tmpfs", "options": options}


def _shared_memory(size: int) -> dict[str, Any]:
    options = ["nosuid", "noexec", "nodev", "mode=1777", f"size={size}"]
    return {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": options}  # noqa: S108


_MOUNTS: list[dict[str, Any]] = [
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {
        "destination": "/dev/pts",
        "type": "devpts",
        "source": "devpts",
        "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid", "noexec", "nodev"]},
    {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
]  # fmt: skip


def _device(kind: str, major: int | None, minor: int | None, access: str) -> dict[str, Any]:
    numbers = {name: number for name, number in (("major", major), ("minor", minor)) if number is not None}
    return {"allow": True, "type": kind, "access": access, **numbers}


# As in docker: any node may be made, these may be used.
_DEVICES = [
    _device("c", None, None, "m"),
    _device("b", None, None, "m"),
    *(_device("c", 1, minor, "rwm") for minor in (3, 5, 7, 8, 9)),
    *(_device("c", 5, minor, "rwm") for minor in (0, 1, 2)),
    _device("c", 136, None, "rwm"),
]
