"""Finds problems of containers, and repairs them for `fsck --repair`.

A container that cannot be repaired is moved to `lost+found`, and comes back once its image is complete again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from layertui.core.containers.model.container import Container
from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.records.interrupted_work import leftovers
from layertui.core.containers.records.life_record import PAUSED
from layertui.core.containers.records.records import CONNECTED, Records
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.staging import KEPT
from layertui.core.containers.rootfs.staging import NAME as STAGING
from layertui.core.errors import LayertuiError
from layertui.core.fs.atomic import fsync_dir
from layertui.core.language.texts import tr
from layertui.core.storage.lost_and_found import IsComplete, LostAndFound, Problem, RepairableProblem, is_own_folder
from layertui.core.store_paths import LOST_AND_FOUND, RECORD, RUN, UPPER, WORK

RecordEnd = Callable[[Container], object]
"""Records the end of a container whose shim did not."""

_MOVED = tr("`fsck --repair` moves the container to {lost_and_found}", lost_and_found=LOST_AND_FOUND)


def findings(
    records: Records, lost_and_found: LostAndFound, is_complete: IsComplete, record_end: RecordEnd
) -> Iterator[RepairableProblem]:
    """All problems of containers, and the remains of interrupted work."""
    yield from _misplaced(records, lost_and_found)
    for container_id in records.ids():
        yield from _of_one(records, container_id, lost_and_found, is_complete, record_end)
    yield from (_left_over(records, path) for path in leftovers(records))
    yield from _that_can_come_back(records, lost_and_found, is_complete)


_NOTES = ("state", "exit", "plan", PAUSED, CONNECTED)


def _misplaced(records: Records, lost_and_found: LostAndFound) -> Iterator[RepairableProblem]:
    """Files and folders of the wrong kind, such as a folder instead of a file: each is made again when it is needed."""
    own = records.folder.name
    for one in records.ids():
        if _is_shut(records.path(one)):
            yield from lost_and_found.misplaced(folders=[f"{own}/{one}"])
        elif records.path(one).is_dir():
            older = (path.name for path in records.path(one).glob("log.*"))
            files = [
                *(f"{own}/{one}/{path.name}" for path in records.paths(one).files()),
                *(f"{own}/{one}/{name}" for name in older),
                *(f"{own}/{one}/{RUN}/{name}" for name in _NOTES),
            ]
            yield from lost_and_found.misplaced(
                files=files, own_folders=[f"{own}/{one}/{name}" for name in (RUN, STAGING, KEPT)]
            )
            yield from _owners(records, one, lost_and_found)


def _is_shut(folder: Path) -> bool:
    """Whether it is a folder of our own whose mode denies us access."""
    return folder.is_dir() and folder.stat().st_uid == os.geteuid() and not os.access(folder, os.R_OK | os.X_OK)


def _owners(records: Records, container_id: str, lost_and_found: LostAndFound) -> Iterator[RepairableProblem]:
    file = records.paths(container_id).owners
    if not file.is_file():
        return  # there is none, or it is reported as misplaced
    try:
        Sidecar(file, records.paths(container_id).upper, ids()).kept()
    except (LayertuiError, OSError) as error:
        lost = tr(
            "the owners of its layer's files are lost; `fsck --repair` moves it to {lost_and_found}",
            lost_and_found=LOST_AND_FOUND,
        )
        yield RepairableProblem(
            Problem("owners", container_id[:12], f"{error}; {lost}"), partial(lost_and_found.move_in, file)
        )


def _of_one(
    records: Records, container_id: str, lost_and_found: LostAndFound, is_complete: IsComplete, record_end: RecordEnd
) -> Iterator[RepairableProblem]:
    folder = records.path(container_id)
    if _is_shut(folder):
        return  # reported because of its mode, and checked once that is repaired
    move = partial(_move_to_lost_found, records, container_id, lost_and_found)
    try:
        container = records.read(container_id)
    except LayertuiError as error:
        if os.path.lexists(folder):  # otherwise it was removed meanwhile
            why = error if os.path.lexists(folder / RECORD) else tr("its record.json is missing")
            yield RepairableProblem(
                Problem("record", container_id[:12], tr("{why}; {moved}, its files with it", why=why, moved=_MOVED)),
                move,
            )
        return
    if container.lost and _is_still(records, container):
        detail = tr(
            "{reason}; `fsck --repair`, and the next `ps`, ends its remaining processes and records its end",
            reason=container.reason,
        )
        yield RepairableProblem(Problem("process", container.name, detail), partial(record_end, container))
    if not is_own_folder(folder / UPPER):
        yield RepairableProblem(
            Problem("container", container.name, tr("its writable layer is missing; {moved}", moved=_MOVED)), move
        )
    elif container.manifest is None or not is_complete(container.manifest):
        image = tr(
            "its image {image} ({short}) is missing or incomplete",
            image=container.image,
            short=container.image_id.short,
        )
        detail = tr("{image}; load it again, or {moved}, where it waits for its image", image=image, moved=_MOVED)
        yield RepairableProblem(Problem("container", container.name, detail), None if container.state.alive else move)
    elif not is_own_folder(folder / WORK):
        detail = tr("the overlay's work folder is missing; `fsck --repair` makes it")
        yield RepairableProblem(
            Problem("container", container.name, detail), partial(_make_work, folder, lost_and_found)
        )
    if records.named(container.name) != container.id and _is_still(records, container):
        detail = tr(
            "does not lead to its container; `fsck --repair` links it, under a name of its own where it is taken"
        )
        yield RepairableProblem(
            Problem("name", container.name, detail), partial(_relink, records, container, lost_and_found)
        )


def _is_still(records: Records, container: Container) -> bool:
    """Whether it has not changed since it was checked: another process may have removed or renamed it."""
    with suppress(LayertuiError):
        now = records.read(container.id)
        return (now.name, now.lost) == (container.name, container.lost)
    return False


def _make_work(folder: Path, lost_and_found: LostAndFound) -> None:
    if not folder.is_dir():
        return  # it was moved for another problem
    if os.path.lexists(folder / WORK):
        lost_and_found.move_in(folder / WORK)
    (folder / WORK).mkdir(mode=0o700)


def _relink(records: Records, container: Container, lost_and_found: LostAndFound) -> None:
    if not records.path(container.id).is_dir():
        return  # it was moved for another problem
    link = records.names / container.name
    if os.path.lexists(link) and not link.is_symlink():
        lost_and_found.move_in(link)
    if records.named(container.name) is not None:
        records.rename(container, f"{container.name}-{container.short_id}")
    else:
        with records.naming():
            records.link_name(container.name, container.id)


def _move_to_lost_found(records: Records, container_id: str, lost_and_found: LostAndFound) -> None:
    folder, names = records.path(container_id), records.names
    if os.path.lexists(folder):
        with records.naming():
            lost_and_found.move_in(folder)
            for link in [*names.iterdir()] if names.is_dir() else []:
                if link.is_symlink() and os.readlink(link).endswith(f"/{container_id}"):
                    link.unlink()


def _left_over(records: Records, path: Path) -> RepairableProblem:
    where = os.fspath(path.relative_to(records.folder.parent))
    detail = tr("of work on a container that was cut short, or is under way; `gc` removes it")
    return RepairableProblem(Problem("leftover", where, detail), harmless=True)


def _that_can_come_back(
    records: Records, lost_and_found: LostAndFound, is_complete: IsComplete
) -> Iterator[RepairableProblem]:
    with suppress(OSError):
        for path in (lost_and_found.folder / records.folder.name).iterdir():
            with suppress(OSError, LayertuiError):
                container = Records(path.parent).read(path.name)
                if container.manifest is not None and is_complete(container.manifest) and is_own_folder(path / UPPER):
                    detail = tr("its image is complete again; `fsck --repair` puts it back")
                    problem = Problem("restorable", f"{LOST_AND_FOUND}: {container.name}", detail)
                    yield RepairableProblem(problem, partial(_put_back, records, path, lost_and_found), harmless=True)


def _put_back(records: Records, path: Path, lost_and_found: LostAndFound) -> None:
    if records.path(path.name).exists():
        return
    records.folder.mkdir(mode=0o700, exist_ok=True)
    with records.naming():
        os.rename(path, records.path(path.name))
        fsync_dir(records.folder)
    container = records.read(path.name)
    if records.named(container.name) != container.id:
        _relink(records, container, lost_and_found)
