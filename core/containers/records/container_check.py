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
from layertui.core.containers.records.records import CONNECTED, PAUSED, Records
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.staging import NAME as ASIDE
from layertui.core.errors import LayertuiError
from layertui.core.fs.atomic import fsync_dir
from layertui.core.storage.lost_found import LostFound, Problem, RepairableProblem, Whole, is_own_folder
from layertui.core.store_paths import LOST_AND_FOUND, RECORD, RUN, UPPER, WORK

Settle = Callable[[Container], object]
"""Writes down the end of a container that nobody saw end."""

_ASIDE = f"`fsck --repair` moves the container to {LOST_AND_FOUND}"


def findings(records: Records, aside: LostFound, whole: Whole, settle: Settle) -> Iterator[RepairableProblem]:
    """What is wrong with each container, and what work that was cut short has left."""
    yield from _misplaced(records, aside)
    for container_id in records.ids():
        yield from _of_one(records, container_id, aside, whole, settle)
    yield from (_left_over(records, path) for path in leftovers(records))
    yield from _that_can_come_back(records, aside, whole)


_NOTES = ("state", "exit", "plan", PAUSED, CONNECTED)


def _misplaced(records: Records, aside: LostFound) -> Iterator[RepairableProblem]:
    """Whatever it is: each of these is made anew when it is needed."""
    own = records.folder.name
    for one in records.ids():
        if _is_shut(records.path(one)):
            yield from aside.misplaced(folders=[f"{own}/{one}"])
        elif records.path(one).is_dir():
            older = (path.name for path in records.path(one).glob("log.*"))
            files = [
                *(f"{own}/{one}/{path.name}" for path in records.paths(one).files()),
                *(f"{own}/{one}/{name}" for name in older),
                *(f"{own}/{one}/{RUN}/{name}" for name in _NOTES),
            ]
            yield from aside.misplaced(files=files, own_folders=[f"{own}/{one}/{RUN}", f"{own}/{one}/{ASIDE}"])
            yield from _owners(records, one, aside)


def _is_shut(folder: Path) -> bool:
    """Whether it is a folder of ours that we may not enter."""
    return folder.is_dir() and folder.stat().st_uid == os.geteuid() and not os.access(folder, os.R_OK | os.X_OK)


def _owners(records: Records, container_id: str, aside: LostFound) -> Iterator[RepairableProblem]:
    file = records.paths(container_id).owners
    if not file.is_file():
        return  # there is none, or it is told of as misplaced
    try:
        Sidecar(file, records.paths(container_id).upper, ids()).kept()
    except (LayertuiError, OSError) as error:
        lost = f"which files of its layer are whose is lost; `fsck --repair` moves it to {LOST_AND_FOUND}"
        yield RepairableProblem(Problem("owners", container_id[:12], f"{error}; {lost}"), partial(aside.take, file))


def _of_one(
    records: Records, container_id: str, aside: LostFound, whole: Whole, settle: Settle
) -> Iterator[RepairableProblem]:
    folder = records.path(container_id)
    if _is_shut(folder):
        return  # told of by its mode, and looked into once that is mended
    move = partial(_move_aside, records, container_id, aside)
    try:
        container = records.read(container_id)
    except LayertuiError as error:
        if os.path.lexists(folder):  # else it was removed meanwhile
            why = error if os.path.lexists(folder / RECORD) else "its record.json is missing"
            yield RepairableProblem(Problem("record", container_id[:12], f"{why}; {_ASIDE}, its files with it"), move)
        return
    if container.lost and _is_still(records, container):
        detail = f"{container.reason}; `fsck --repair`, and the next `ps`, ends what is left of it and writes that down"
        yield RepairableProblem(Problem("process", container.name, detail), partial(settle, container))
    if not is_own_folder(folder / UPPER):
        yield RepairableProblem(Problem("container", container.name, f"its writable layer is missing; {_ASIDE}"), move)
    elif container.manifest is None or not whole(container.manifest):
        image = f"its image {container.image} ({container.image_id.short}) is not there, or not whole"
        detail = f"{image}; load it again, or {_ASIDE}, where it waits for its image"
        yield RepairableProblem(Problem("container", container.name, detail), None if container.state.alive else move)
    elif not is_own_folder(folder / WORK):
        detail = "has no folder for the overlay to work in; `fsck --repair` makes one"
        yield RepairableProblem(Problem("container", container.name, detail), partial(_make_work, folder, aside))
    if records.named(container.name) != container.id and _is_still(records, container):
        detail = "does not lead to its container; `fsck --repair` links it, under a name of its own where it is taken"
        yield RepairableProblem(Problem("name", container.name, detail), partial(_relink, records, container, aside))


def _is_still(records: Records, container: Container) -> bool:
    """Whether it is what it was when it was looked at: it may have been removed or renamed by somebody who is at work."""
    with suppress(LayertuiError):
        now = records.read(container.id)
        return (now.name, now.lost) == (container.name, container.lost)
    return False


def _make_work(folder: Path, aside: LostFound) -> None:
    if not folder.is_dir():
        return  # it was moved aside for something else
    if os.path.lexists(folder / WORK):
        aside.take(folder / WORK)
    (folder / WORK).mkdir(mode=0o700)


def _relink(records: Records, container: Container, aside: LostFound) -> None:
    if not records.path(container.id).is_dir():
        return  # it was moved aside for something else
    link = records.names / container.name
    if os.path.lexists(link) and not link.is_symlink():
        aside.take(link)
    if records.named(container.name) is not None:
        records.rename(container, f"{container.name}-{container.short_id}")
    else:
        with records.naming():
            records.link_name(container.name, container.id)


def _move_aside(records: Records, container_id: str, aside: LostFound) -> None:
    folder, names = records.path(container_id), records.names
    if os.path.lexists(folder):
        with records.naming():
            aside.take(folder)
            for link in [*names.iterdir()] if names.is_dir() else []:
                if link.is_symlink() and os.readlink(link).endswith(f"/{container_id}"):
                    link.unlink()


def _left_over(records: Records, path: Path) -> RepairableProblem:
    where = os.fspath(path.relative_to(records.folder.parent))
    detail = "of work on a container that was cut short, or is under way; `gc` removes it"
    return RepairableProblem(Problem("leftover", where, detail), harmless=True)


def _that_can_come_back(records: Records, aside: LostFound, whole: Whole) -> Iterator[RepairableProblem]:
    with suppress(OSError):
        for path in (aside.folder / records.folder.name).iterdir():
            with suppress(OSError, LayertuiError):
                container = Records(path.parent).read(path.name)
                if container.manifest is not None and whole(container.manifest) and is_own_folder(path / UPPER):
                    detail = "its container can be whole again; `fsck --repair` puts it back"
                    problem = Problem("aside", f"{LOST_AND_FOUND}: {container.name}", detail)
                    yield RepairableProblem(problem, partial(_put_back, records, path, aside), harmless=True)


def _put_back(records: Records, path: Path, aside: LostFound) -> None:
    if records.path(path.name).exists():
        return
    records.folder.mkdir(mode=0o700, exist_ok=True)
    with records.naming():
        os.rename(path, records.path(path.name))
        fsync_dir(records.folder)
    container = records.read(path.name)
    if records.named(container.name) != container.id:
        _relink(records, container, aside)
