"""The store looked after: checked, swept, measured; what containers need is kept and counted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.inspector.answers import Usage
from layertui.core.store import check
from layertui.core.store.check import Problem, Report, Swept

if TYPE_CHECKING:
    from layertui.core.engines.engine import Containers
    from layertui.core.store.layout import Store
    from layertui.core.streams.progress import Progress


def fsck(store: Store, containers: Containers, *, repair: bool, progress: Progress) -> Report:
    """Blobs, names and images, and that each container still has its image."""
    report = check.fsck(store, repair=repair, progress=progress)
    found = containers.list()
    orphans = tuple(
        Problem("container", one.name, f"its image {one.image} ({one.image_id.short}) is not there; load it again")
        for one in found
        if not store.blobs.has(one.manifest)
    )
    checked = {**report.checked, "containers": len(found)}
    return replace(report, checked=checked, problems=report.problems + orphans)


def gc(store: Store, containers: Containers, *, dry_run: bool) -> Swept:
    """Blobs that neither the index nor a container reaches."""
    swept = check.gc(store, [one.manifest for one in containers.list()], dry_run=dry_run)
    if not dry_run:
        containers.sweep()  # after: it asks which images are left
    return swept


def df(store: Store, containers: Containers) -> list[Usage]:
    """What images, containers, unpacked layers and cached tables take."""
    found = containers.list()
    taken = check.df(store, [one.manifest for one in found])
    sizes = {one.id: _bytes_below(store.path / "containers" / one.id) for one in found}
    idle = [one.id for one in found if not one.state.alive]
    unpacked = _folders(store.path / "unpacked")
    cached = _bytes_below(store.path / "cache")
    return [
        Usage("images", taken.images, taken.active, taken.size, taken.reclaimable),
        Usage("containers", len(found), len(found) - len(idle), sum(sizes.values()), sum(sizes[one] for one in idle)),
        Usage("unpacked", len(unpacked), 0, sum(map(_bytes_below, unpacked)), 0),
        Usage("cache", _count(store.path / "cache"), 0, cached, cached),
    ]


def _folders(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [entry for entry in folder.iterdir() if entry.is_dir()]
    return []


def _count(folder: Path) -> int:
    with suppress(OSError):
        return len(os.listdir(folder))
    return 0


def _bytes_below(folder: Path) -> int:
    """Bytes of all files below a folder, each inode once; what vanishes meanwhile counts nothing."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for path in _files(folder):
        with suppress(OSError):
            status = path.lstat()
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_size
    return total


def _files(folder: Path) -> Iterable[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names)
