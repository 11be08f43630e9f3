"""Bundle: all that a runtime is given for one start of a container, as a folder.

FOLDER/config.json, rootfs/     what the OCI runtime specification calls a bundle; rootfs stays empty on the host
FOLDER/plan, launcher           what the shim is told
FOLDER/hosts, hostname, resolv.conf
FOLDER/state, exit, attach      what the shim leaves
FOLDER/../log, ../log.1         what the container wrote, over all its starts; the older half
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from layertui.core.containers.mounts import Mount
from layertui.core.containers.session import NOBODY, Client
from layertui.core.containers.spec import Spec

# Mount points that an image may lack. They lie in a layer below all others, so that the image's own win, and neither
# the writable layer nor an export ever holds one.
MOUNT_POINTS = ("dev", "proc", "sys", "etc")
FILES = ("hosts", "hostname", "resolv.conf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One start of one container."""

    folder: Path
    spec: Spec
    lowers: tuple[Path, ...]
    """Folders of the layers, the top one first; the last holds mount points."""
    upper: Path
    work: Path
    interactive: bool = False
    log_limit: int = 0
    """Bytes that its log may take; 0 for as many as it likes."""
    remove: bool = False
    """Whether the shim removes the container when it has ended."""
    client: Client = NOBODY


def mount_points(folder: Path) -> Path:
    """The lowest layer of every container, made once."""
    if not (folder / "etc" / FILES[-1]).exists():
        for name in MOUNT_POINTS:
            (folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
        for name in FILES:
            (folder / "etc" / name).touch(0o644)
    return folder


def renew(folder: Path) -> None:
    """An empty folder for a new start; what the last one left goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def network_files(folder: Path, hostname: str, net: str, bindable: Sequence[str]) -> tuple[Mount, ...]:
    """The files by which a container knows its own name and others', for those paths where one can be bound."""
    host = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    texts = {"hosts": f"{host}127.0.0.1\t{hostname}\n", "hostname": f"{hostname}\n", "resolv.conf": ""}
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
