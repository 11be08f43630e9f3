"""Checks, repairs and measures a store, and deletes blobs that nothing refers to: `fsck`, `df` and `gc` for images."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.errors import Damaged, LayertuiError, as_storage_error
from layertui.core.fs.atomic import TEMPORARY, Lock
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.media_types import OCI_MANIFEST
from layertui.core.ownership import can_write, require_ours
from layertui.core.progress import Progress, quiet
from layertui.core.storage.lost_and_found import IsComplete, LostAndFound, Problem, RepairableProblem
from layertui.core.store.reachable_blobs import ReachableBlobs
from layertui.core.store.store_layout import Store
from layertui.core.store_paths import UNPACKED_LOCK

if TYPE_CHECKING:
    from layertui.core.store.store_examination import Examination, StoreReport
    from layertui.core.store.store_repair import Remembered

__all__ = ["ImageUsage", "Problem", "SweptBlobs", "df", "fsck", "gc"]

Findings = Callable[[IsComplete], list[RepairableProblem]]
"""Finds further problems of a store, once it is known which images are complete."""

_ROUNDS = 2  # of a repair: a file moved to lost+found may be what another one led to


@dataclass(frozen=True, slots=True)
class SweptBlobs:
    """What `gc` deleted, or would delete."""

    blobs: tuple[Digest, ...]
    temporary: int
    size: int


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """Disk usage of images: how many there are, how many are in use, bytes, and bytes that only unused ones need."""

    images: int
    active: int
    size: int
    reclaimable: int


def fsck(
    store: Store,
    findings: Findings = lambda _: [],
    *,
    needed: Callable[[], Mapping[Digest, str]] = dict,
    remembered: Remembered = dict,
    repair: bool = False,
    progress: Progress | None = None,
) -> StoreReport:
    """Hash every blob, read every manifest and config, resolve every name. Only reads, unless it is to repair.

    `findings` returns further problems, once it is known which images are complete; for `needed` and `remembered` see Examination
    and `repair_store`. Raises Conflict for a repair while another process writes; NotOurs, StorageError, Cancelled.
    """
    # Late: `gc`, and `rmi` with it, examines nothing.
    from layertui.core.store.store_examination import Examination, StoreReport
    from layertui.core.store.store_repair import repair_store

    if repair:
        require_ours(store.path)
    progress = progress or quiet()
    files = *store.paths.files(), *store.paths.unpacked.glob(f"{UNPACKED_LOCK}-*")
    misplaced = list(
        LostAndFound(store.path).misplaced(
            files=_relative(store, files), folders=_relative(store, store.paths.folders())
        )
    )

    def look() -> tuple[Examination, StoreReport, list[RepairableProblem]]:
        examination = Examination(store, progress, needed())
        report = examination.report()
        progress.begin(tr("checking containers"), unit="containers")
        return examination, report, findings(_completeness(store, examination, progress))

    if repair:
        _repair(misplaced)  # the lock may be one of them
    repairs: list[Problem] = []
    with store.alone() if repair else store.reading():
        examination, report, found = look()
        before = [*report.problems, *_problems([*misplaced, *found])]
        for _ in range(_ROUNDS if repair else 0):
            repairs += repair_store(store, examination, remembered, progress)
            _repair(found)
            examination, report, found = look()
            if not report.problems:
                break
    problems = [*report.problems, *_problems(found)] if repair else before
    repaired = [*(one for one in before if one not in problems), *repairs] if repair else []
    leftovers = [*_left_over(store), *(one.problem for one in found if one.harmless)]
    return StoreReport(report.checked, tuple(problems), tuple(repaired), tuple(leftovers))


def _repair(findings: Iterable[RepairableProblem]) -> None:
    for finding in findings:
        if finding.repair is not None:
            finding.repair()


def _problems(findings: Iterable[RepairableProblem]) -> list[Problem]:
    return [one.problem for one in findings if not one.harmless]


def _completeness(store: Store, examined: Examination, progress: Progress) -> IsComplete:
    def is_complete(manifest: Digest) -> bool:
        progress.advance()  # called once for each container
        return examined.sound(_manifest_at(store, manifest))

    return is_complete


def gc(
    store: Store,
    keep: Callable[[], Iterable[Digest]] = tuple,
    more: Callable[[], object] = tuple,
    *,
    dry_run: bool = False,
) -> SweptBlobs:
    """Delete blobs that neither the index nor `keep` (manifests of containers' images) refers to, and unfinished writes.

    Both are read while no other process writes, and `more` is called before one can: otherwise a container could be created from an
    image meanwhile. Raises Conflict while images are loaded; Damaged if a manifest cannot be read, since then it is unknown
    what it needs; NotOurs, StorageError.
    """
    if not store.is_there:  # perhaps a folder that is not a store
        return SweptBlobs((), 0, 0)
    # Nothing is written on a read-only disk.
    with store.reading() if dry_run and not can_write(store.path) else store.alone():
        reach = _reach(store, keep())
        unreached = [(digest, size) for digest, size in store.blobs.listed() if digest not in reach.found]
        with Lock(store.paths.index_lock) if can_write(store.path) else nullcontext():
            leftovers = list(_leftovers(store))
        if not dry_run:
            for digest, _ in unreached:
                store.blobs.delete(digest)
            for path, _ in leftovers:
                with as_storage_error(path):
                    path.unlink(missing_ok=True)
            more()
    size = sum(size for _, size in (*unreached, *leftovers))
    return SweptBlobs(tuple(digest for digest, _ in unreached), len(leftovers), size)


def df(store: Store, active: Iterable[Digest] = ()) -> ImageUsage:
    """Disk usage of images. `active`: the manifests of images that containers use. Raises Damaged, StorageError."""
    used = set(active)
    images = store.summaries().images
    store.summary_file.keep()
    facts = [image.facts for image in images]
    layers = {layer for one in facts for layer in one.layers}
    known = {one.digest: one.size for one in facts}
    known.update((one.id, one.config_size) for one in facts)
    known.update((layer.digest, layer.size) for layer in layers if layer.is_there)
    needed = {digest for image in images if image.digest in used for digest in image.blobs}
    sizes = known | dict(store.blobs.listed(but=known))
    unlisted = ReachableBlobs()  # images that only containers refer to
    unlisted.add(store.blobs, (_manifest_at(store, digest) for digest in used - needed), lambda _, __: None)
    return ImageUsage(
        len(images),
        sum(image.digest in used for image in images),
        sum(sizes.values()),
        sum(size for digest, size in sizes.items() if digest not in needed and digest not in unlisted.found),
    )


def _reach(store: Store, keep: Iterable[Digest]) -> ReachableBlobs:
    def refuse(_: Descriptor, error: LayertuiError) -> None:
        raise Damaged(tr("{error}; nothing is swept before `layertui fsck --repair`", error=error)) from error

    reach = ReachableBlobs()
    reach.add(store.blobs, store.index().manifests, refuse)
    kept = [_manifest_at(store, digest) for digest in keep if store.blobs.has(digest)]
    reach.add(store.blobs, kept, refuse)
    return reach


def _manifest_at(store: Store, digest: Digest) -> Descriptor:
    return Descriptor(OCI_MANIFEST, digest, store.blobs.size(digest) or 0)


def _left_over(store: Store) -> Iterator[Problem]:
    for path, _ in _leftovers(store):
        where = os.fspath(path.relative_to(store.path))
        yield Problem("leftover", where, tr("of work that was cut short, or is under way; `gc` removes it"))


def _relative(store: Store, paths: Iterable[Path]) -> list[str]:
    return [os.fspath(path.relative_to(store.path)) for path in paths]


def _leftovers(store: Store) -> Iterator[tuple[Path, int]]:
    """Unfinished writes and temporary files. The caller holds the store's locks exclusively, so no process uses them.

    Except in the cache, whose writers hold no lock: they can do without a deleted file.
    """
    yield from _files(store.blobs.temporary, "")
    yield from _files(store.path, TEMPORARY)
    yield from _files(store.paths.cache, TEMPORARY)


def _files(folder: Path, prefix: str) -> Iterator[tuple[Path, int]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.stat(follow_symlinks=False).st_size
