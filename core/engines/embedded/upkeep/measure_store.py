"""What the embedded engine's store takes on disk, kind by kind: `layertui df`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import State
from layertui.core.engines.store_usage import Usage
from layertui.core.errors import LimitExceeded
from layertui.core.fs.descent import bytes_below, is_empty_folder
from layertui.core.language.texts import tr
from layertui.core.ownership import names_in, reached
from layertui.core.store import store_check
from layertui.core.store_paths import WORK

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.engines.embedded.embedded_state import EmbeddedState


def df(state: EmbeddedState) -> list[Usage]:
    """What images, containers, volumes, unpacked layers and cached tables take."""
    store, found = state.store(), state.list()
    volumes = state.volumes.list(found)
    taken = store_check.df(store, [one.manifest for one in found if one.manifest is not None])
    containers = store.paths.containers
    refused: list[str] = []
    sizes = {one.id: _container_size(containers, one, refused) for one in found}
    idle = [one.id for one in found if not one.state.alive]
    unpacked = _folders(store.paths.unpacked)
    cached = bytes_below(store.paths.cache)
    too_deep: list[str] = []
    kept = {one.name: _measured(one.folder, tr("volume {name}", name=one.name), too_deep) for one in volumes}
    unused = [one.name for one in volumes if not one.containers]
    return [
        Usage("images", taken.images, taken.active, taken.size, taken.reclaimable),
        Usage(
            "containers",
            len(found),
            len(found) - len(idle),
            sum(sizes.values()),
            sum(sizes[one] for one in idle),
            tuple(refused),
        ),
        Usage(
            "volumes",
            len(kept),
            len(kept) - len(unused),
            sum(kept.values()),
            sum(kept[name] for name in unused),
            tuple(too_deep),
        ),
        Usage("unpacked", len(unpacked), 0, sum(map(bytes_below, unpacked)), 0),
        Usage("cache", _count(store.paths.cache), 0, cached, cached),
    ]


def _measured(folder: Path, name: str, refused: list[str]) -> int:
    """Bytes below a folder; none, and a line in `refused`, where it is too deep to be measured."""
    try:
        return bytes_below(folder)
    except LimitExceeded as error:
        refused.append(tr("{name} is not counted: {error}", name=name, error=error))
        return 0


def size_or_none(folder: Path) -> int | None:
    """Bytes below a folder; None where it is too deep to be measured."""
    with suppress(LimitExceeded):
        return bytes_below(folder)
    return None


def _folders(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [entry for entry in (folder / name for name in names_in(folder)) if entry.is_dir()]
    return []


def _count(folder: Path) -> int:
    with suppress(OSError):
        return len(names_in(folder))
    return 0


def _container_size(containers: Path, container: Container, refused: list[str]) -> int:
    never_ran = container.state is State.CREATED and container.reason is None
    if not never_ran:
        return _measured(containers / container.id, container.name, refused)
    # No overlay has worked there yet: of thousands of containers it is the few files, and a writable layer that is most often empty.
    total = 0
    with suppress(OSError), reached(f"{containers}/{container.id}") as path, os.scandir(path) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                total += entry.stat(follow_symlinks=False).st_size
            elif entry.name != WORK and not is_empty_folder(entry.path):
                total += _measured(containers / container.id / entry.name, container.name, refused)
    return total
