"""The folder with all input of a runtime for one start of a container (runtime-spec bundle.md).

FOLDER/config.json, rootfs/     the bundle of the runtime-spec; rootfs stays empty on the host
FOLDER/plan, launcher           the input of the shim
FOLDER/hosts, hostname, resolv.conf
FOLDER/state, exit, attach      written by the shim
FOLDER/../log, ../log.1 …       the container's output of all starts; a higher number is older
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import LogLimit
from layertui.core.containers.runtimes.isolation.cgroups import oom_counts
from layertui.core.containers.runtimes.isolation.networks import NetworkProgram, resolv_conf
from layertui.core.containers.runtimes.runtime_spec import RuntimeSpec

if TYPE_CHECKING:
    from layertui.core.containers.runtimes.shim_process import Shim

# Mount points that an image may lack. They are in a layer below all others, so that the image's own take precedence, and
# neither the writable layer nor an export contains any.
MOUNT_POINTS = ("dev", "proc", "sys", "etc")
FILES = ("hosts", "hostname", "resolv.conf")


NO_END = LogLimit(0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One start of one container."""

    folder: Path
    spec: RuntimeSpec
    lowers: tuple[Path, ...]
    """Folders of the layers, top first; the last one has the mount points."""
    upper: Path
    work: Path
    interactive: bool = False
    input_once: bool = True
    log_limit: LogLimit = NO_END
    remove: bool = False
    """Whether the shim removes the container when it has ended."""
    shim: Shim | None = None
    """A shim that is already waiting for its plan; None to start one with it."""
    network: NetworkProgram | None = None
    """The network program, if it has a network of its own."""
    published: tuple[Port, ...] = ()

    def plan(self) -> Iterator[tuple[str, str]]:
        """The part of a shim's plan that is the same for every runtime."""
        yield "log", "../log"
        yield "log_size", str(self.log_limit.size)
        yield "log_files", str(self.log_limit.files)
        yield from (("oom", str(path)) for path in oom_counts(self.spec.id))
        if self.spec.process.tty:
            yield "tty", "1"
        if self.interactive:
            yield "stdin", "once" if self.input_once else "open"
        if self.remove:
            yield "remove", "1"
        if self.network is not None:
            yield "net", self.network.name
            yield from self.network.plan(self.published)


def mount_points(folder: Path) -> Path:
    """The lowest layer of every container, made once."""
    if not (folder / "etc" / FILES[-1]).exists():
        # Independent of the umask: every user of a container may enter them, and only we may change them.
        for name in ("", *MOUNT_POINTS):
            (folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
            (folder / name).chmod(0o755)
        for name in FILES:
            (folder / "etc" / name).touch(0o644)
            (folder / "etc" / name).chmod(0o644)
    return folder


def renew(folder: Path) -> None:
    """Make an empty folder for a new start; files of the last one are deleted."""
    if folder.is_dir() and not folder.is_symlink():
        import shutil

        with suppress(OSError):  # first: a state without exit would mean that the shim was killed
            (folder / "state").unlink()
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)
    folder.mkdir(mode=0o700)


def network_files(
    folder: Path, hostname: str, net: str, network: NetworkProgram | None, bindable: Sequence[str]
) -> tuple[Mount, ...]:
    """The files with a container's own name and others', for the paths to which one can be bound."""
    own = network.address if network is not None and network.address else "127.0.0.1"
    hosts = f"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n{own}\t{hostname}\n"
    resolv = resolv_conf(network.nameserver) if network is not None else ""
    texts = {"hosts": hosts, "hostname": f"{hostname}\n", "resolv.conf": resolv}
    if net == "host":
        for name in ("hosts", "resolv.conf"):
            if os.path.isfile(f"/etc/{name}"):
                texts[name] = Path("/etc", name).read_text(encoding="utf-8", errors="surrogateescape")
    mounts = []
    for name in bindable:
        path = folder / name
        path.write_text(texts[name], encoding="utf-8", errors="surrogateescape")
        path.chmod(0o644)
        mounts.append(Mount(kind="bind", source=str(path), target=f"/etc/{name}"))
    return tuple(mounts)
