"""The store looked after: checked, swept, measured; what containers need is kept and counted."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.container import State
from layertui.core.inspector.answers import Usage
from layertui.core.store import check
from layertui.core.store.check import Report, Swept
from layertui.core.store.summaries import NAME as SUMMARIES
from layertui.core.streams.lost_found import Finding, Problem, Whole

if TYPE_CHECKING:
    from layertui.core.containers.container import Container
    from layertui.core.engines.engine import Containers, Upkeep
    from layertui.core.oci.digest import Digest
    from layertui.core.store.layout import Store
    from layertui.core.store.repair import Remembered
    from layertui.core.streams.progress import Progress


def fsck(store: Store, containers: Upkeep, remembered: Remembered, *, repair: bool, progress: Progress) -> Report:
    """Blobs, names and images; containers, what they need and what they have left; and the cache."""
    from layertui.core.layers.cache import Cache

    def findings(whole: Whole) -> list[Finding]:
        damaged = Cache(store.path / "cache").damaged()
        if store.summary_file.is_damaged:
            damaged.append(SUMMARIES)
        cached = (Problem("leftover", f"cache/{name}", "is damaged, and as good as none") for name in damaged)
        return [*containers.findings(whole), *(Finding(one, harmless=True) for one in cached)]

    def needed() -> dict[Digest, str]:
        return {one.manifest: one.name for one in containers.known()}

    report = check.fsck(store, findings, needed=needed, remembered=remembered, repair=repair, progress=progress)
    return replace(report, checked={**report.checked, "containers": len(containers.known())})


def gc(store: Store, containers: Upkeep, *, dry_run: bool) -> Swept:
    """Blobs that neither the index nor a container reaches, and what work that was cut short has left."""
    return check.gc(store, containers.needed, containers.sweep, dry_run=dry_run)


def df(store: Store, containers: Containers, upkeep: Upkeep) -> list[Usage]:
    """What images, containers, volumes, unpacked layers and cached tables take."""
    found = containers.list()
    volumes = upkeep.volumes(found)
    taken = check.df(store, [one.manifest for one in found])
    sizes = {one.id: _container_size(store, one) for one in found}
    idle = [one.id for one in found if not one.state.alive]
    unpacked = _folders(store.path / "unpacked")
    cached = bytes_below(store.path / "cache")
    kept = {one.name: bytes_below(one.folder) for one in volumes}
    unused = [one.name for one in volumes if not one.containers]
    return [
        Usage("images", taken.images, taken.active, taken.size, taken.reclaimable),
        Usage("containers", len(found), len(found) - len(idle), sum(sizes.values()), sum(sizes[one] for one in idle)),
        Usage("volumes", len(kept), len(kept) - len(unused), sum(kept.values()), sum(kept[name] for name in unused)),
        Usage("unpacked", len(unpacked), 0, sum(map(bytes_below, unpacked)), 0),
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


def _container_size(store: Store, container: Container) -> int:
    never_ran = container.state is State.CREATED and container.reason is None
    # Then no overlay has worked there yet, and of thousands of empty folders one third is left closed.
    return bytes_below(f"{store.path}/containers/{container.id}", but="work" if never_ran else None)


def bytes_below(folder: str | Path, *, but: str | None = None) -> int:
    """Bytes of all files below a folder, `but` one folder in it; each inode once. What vanishes meanwhile counts nothing."""
    seen: set[tuple[int, int]] = set()
    total = 0
    ahead = [os.fspath(folder)]
    left_out = os.path.join(ahead[0], but) if but else None
    while ahead:
        with suppress(OSError), os.scandir(ahead.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.path != left_out:
                        ahead.append(entry.path)
                    continue
                status = _status(entry)
                if status is not None and (status.st_nlink == 1 or (status.st_dev, status.st_ino) not in seen):
                    seen.add((status.st_dev, status.st_ino))
                    total += status.st_size
    return total


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None
