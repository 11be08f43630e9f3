"""Finds and deletes what interrupted operations on containers left.

`create` leaves a folder `.new-…`, a removal `.gone-…`, a change of a writable layer files in `staging/`, a session that could
undo one files in `kept/`, a rename a dangling name, and an atomic write a temporary file. None of these is part of a container.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.records.records import GONE, NEW, Records
from layertui.core.containers.rootfs.staging import KEPT, has_abandoned_entries, sweep_kept
from layertui.core.containers.rootfs.staging import NAME as STAGING
from layertui.core.containers.rootfs.staging import sweep as sweep_staging
from layertui.core.errors import Conflict, Damaged, as_storage_error
from layertui.core.fs.atomic import TEMPORARY
from layertui.core.fs.file_window import read_small
from layertui.core.oci import strict_json
from layertui.core.store_paths import RECORD


def leftovers(records: Records) -> Iterator[Path]:
    """All remains of interrupted work, and files of current work."""
    with suppress(OSError):
        yield from (records.folder / name for name in _unfinished(records))
        yield from _unused_names(records)
        for one in records.ids():
            yield from _of_container(records, one)


def sweep(records: Records) -> None:
    """Delete the remains, except files in a container's staging folder that is in use, and what a session still keeps. Raises NotOurs, StorageError."""
    if not records.folder.is_dir():
        return
    with as_storage_error(records.folder), records.naming():
        for name in _unfinished(records):
            with suppress(OSError):  # the process that removes it may still be at work
                records.clear(name)
        for path in _unused_names(records):
            path.unlink(missing_ok=True)
        for container_id in records.ids():
            if not any(_of_container(records, container_id)):
                continue  # as with almost all of thousands: no lock is taken for them
            with suppress(Conflict, OSError), records.lock(container_id, timeout=0):
                sweep_staging(records.path(container_id))
                sweep_kept(records.path(container_id))
                for path in _temporaries(records, container_id):
                    path.unlink(missing_ok=True)


def _unfinished(records: Records) -> list[str]:
    return [name for name in os.listdir(records.folder) if name.startswith((GONE, NEW))]


def _unused_names(records: Records) -> list[Path]:
    names = records.names
    with suppress(OSError):
        return [names / name for name in os.listdir(names) if records.named(name) is None and _is_stale(names / name)]
    return []


def _is_stale(link: Path) -> bool:
    """Whether its container is gone or has another name; False if that cannot be read."""
    if not link.is_symlink():
        return not link.is_dir()
    try:
        strict_json.loads_trusted_object(read_small(link / RECORD))
    except (OSError, Damaged):
        return not link.is_dir()
    return True


def _of_container(records: Records, container_id: str) -> Iterator[Path]:
    """The staging folder of a container, what was kept to undo a change, and its temporary files."""
    staging = records.path(container_id) / STAGING
    if os.path.lexists(staging):
        yield staging
    if has_abandoned_entries(records.path(container_id)):
        yield records.path(container_id) / KEPT
    yield from _temporaries(records, container_id)


def _temporaries(records: Records, container_id: str) -> list[Path]:
    """Temporary files of its record, written under the lock for names, and of other files, under the container's own."""
    folder = records.path(container_id)
    with suppress(OSError):  # removed meanwhile, or what `fsck` reports: shut, or no folder
        return [folder / name for name in os.listdir(folder) if name.startswith(TEMPORARY)]
    return []
