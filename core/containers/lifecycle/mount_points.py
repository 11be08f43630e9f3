"""Finds or creates a container's mount points: of the right kind, at paths without symlinks, in its writable layer.

A runtime that followed a symlink of the image would mount where the image chooses, so it never gets a path with one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.mounts import Mount, checked, make_source, require_source
from layertui.core.containers.rootfs import lower_dirs
from layertui.core.containers.runtimes.bundle import MOUNT_POINTS
from layertui.core.containers.runtimes.shim_launch import StartFailed
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.writable_layer import UpperLayer

MEMORY_MODE = 0o1777


def resolve_mount_targets(roots: Sequence[Path], mounts: Sequence[Mount], own: Callable[[], UpperLayer]) -> list[Mount]:
    """The mounts with resolved targets; `roots` are the folders of the overlay, upper first.

    Raises StartFailed, NotFound, Conflict.
    """
    found = []
    for mount in checked(mounts):
        make_source(mount)
        require_source(mount)
        # Mount points inside other mounts, or in /dev, are not in the layers.
        found.append(mount if _within(mount, mounts) else _resolved(roots, mount, own))
    return found


def _within(mount: Mount, others: Sequence[Mount]) -> bool:
    above = (*(f"/{name}" for name in MOUNT_POINTS[:3]), *(other.target for other in others))
    return any(mount.target.startswith(f"{path}/") for path in above)


def _resolved(roots: Sequence[Path], mount: Mount, own: Callable[[], UpperLayer]) -> Mount:
    folder = mount.kind == "tmpfs" or os.path.isdir(mount.source)
    if lower_dirs.find(roots, mount.target) is None:
        _make_mount_point(mount, own(), folder=folder)
    found = lower_dirs.find(roots, mount.target)
    if found is None or found.is_dir() != folder:
        what = tr("a folder onto a file") if folder else tr("a file onto a folder")
        raise StartFailed(
            tr(
                "cannot mount {source} at {target}: that would be {what}",
                source=mount.source or "memory",
                target=mount.target,
                what=what,
            )
        )
    if mount.kind == "tmpfs" and mount.mode is None:
        mount = replace(mount, mode=stat.S_IMODE(found.stat().st_mode))
    root = next(root for root in roots if found.is_relative_to(root))
    return replace(mount, target=f"/{found.relative_to(root)}")


def _make_mount_point(mount: Mount, own: UpperLayer, *, folder: bool) -> None:
    if not folder:
        own.write(mount.target, BytesIO(), mode=0o755, parents=True)
    elif mount.kind == "bind":
        own.mkdir(mount.target, parents=True)
    else:  # runc gives a tmpfs the mode of its mount point
        own.mkdir(mount.target, parents=True, mode=MEMORY_MODE if mount.mode is None else mount.mode)
