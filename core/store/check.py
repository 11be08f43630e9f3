"""What is damaged, told and repaired; what nothing reaches, swept; what it all takes."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layertui.core.errors import Damaged, LayertuiError, as_storage_error
from layertui.core.images.image import read_blob
from layertui.core.images.index import INDEX_JSON, LAYOUT_FILE
from layertui.core.oci import json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.manifest import Index, Manifest
from layertui.core.oci.media import OCI_MANIFEST
from layertui.core.store.examination import Examination, Problem, Report
from layertui.core.store.layout import Store
from layertui.core.store.reach import Reach
from layertui.core.streams.atomic import write_atomically
from layertui.core.streams.progress import Progress, quiet

__all__ = ["Problem", "Report", "Swept", "Taken", "df", "fsck", "gc"]


@dataclass(frozen=True, slots=True)
class Swept:
    """What `gc` took away, or would take away."""

    blobs: tuple[Digest, ...]
    temporary: int
    size: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What images take: how many, how many of them are in use, bytes, and bytes that only unused ones need."""

    images: int
    active: int
    size: int
    reclaimable: int


def fsck(store: Store, *, repair: bool = False, progress: Progress | None = None) -> Report:
    """Sum every blob, read every manifest and config, look every name up. Reading alone unless it is to repair.

    Repaired is what can be without guessing: a missing `oci-layout` is written, an index that cannot be read is made anew of
    the manifests that are there (their names are lost), entries without a manifest and blobs with wrong content are removed.
    An image that lost a blob so has to be loaded again.
    """
    if not repair:
        return Examination(store, progress or quiet()).report()
    with store.alone():
        first = Examination(store, progress or quiet())
        found = first.report()
        _repair(store, first)
        left = Examination(store, progress or quiet()).report()
    return Report(left.checked, left.problems, tuple(one for one in found.problems if one not in left.problems))


def gc(store: Store, keep: Iterable[Digest] = (), *, dry_run: bool = False) -> Swept:
    """Sweep the blobs that neither the index nor `keep` (manifests of containers' images) reaches, and what died half written.

    Conflict where a load is at work; Damaged where a manifest cannot be read, since then nobody knows what it needs.
    """
    with store.alone():
        reach = _reach(store, keep)
        unreached = [(digest, size) for digest, size in store.blobs.listed() if digest not in reach.found]
        leftovers = list(_leftovers(store.blobs.temporary))
        if not dry_run:
            for digest, _ in unreached:
                store.blobs.delete(digest)
            for path, _ in leftovers:
                with as_storage_error(path):
                    path.unlink(missing_ok=True)
    size = sum(size for _, size in (*unreached, *leftovers))
    return Swept(tuple(digest for digest, _ in unreached), len(leftovers), size)


def df(store: Store, active: Iterable[Digest] = ()) -> Taken:
    """Count what images take. `active`: the manifests of images that containers use."""
    used = set(active)
    images = store.images()
    sizes = dict(store.blobs.listed())
    needed = Reach()
    needed.add(store.blobs, (_manifest_at(store, digest) for digest in used), lambda _, __: None)
    return Taken(
        len(images),
        sum(image.digest in used for image in images),
        sum(sizes.values()),
        sum(size for digest, size in sizes.items() if digest not in needed.found),
    )


def _reach(store: Store, keep: Iterable[Digest]) -> Reach:
    def refuse(_: Descriptor, error: LayertuiError) -> None:
        raise Damaged(f"{error}; nothing is swept before `layertui fsck --repair`") from error

    reach = Reach()
    reach.add(store.blobs, store.index().manifests, refuse)
    kept = [_manifest_at(store, digest) for digest in keep if store.blobs.has(digest)]
    reach.add(store.blobs, kept, refuse)
    return reach


def _manifest_at(store: Store, digest: Digest) -> Descriptor:
    return Descriptor(OCI_MANIFEST, digest, store.blobs.size(digest) or 0)


def _leftovers(folder: Path) -> Iterator[tuple[Path, int]]:
    # Whoever sweeps holds the lock alone, so nobody is still writing one of these.
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.stat(follow_symlinks=False).st_size


def _repair(store: Store, check: Examination) -> None:
    for digest in check.wrong:
        store.blobs.delete(digest)
    if not any(True for problem in check.problems if problem.kind in ("layout", "index", "missing", "digest")):
        return
    with as_storage_error(store.path):
        write_atomically(store.path / LAYOUT_FILE, json.dumps({"imageLayoutVersion": "1.0.0"}), 0o644)
        index = Index(tuple(_manifests(store))) if check.index is None else check.index
        gone = check.wrong | check.dangling
        kept = tuple(entry for entry in index.manifests if entry.digest not in gone)
        write_atomically(
            store.path / INDEX_JSON, Index(kept, index.media_type, index.annotations, index.extra).to_bytes(), 0o644
        )


def _manifests(store: Store) -> Iterator[Descriptor]:
    """Find the image manifests among the blobs."""
    for digest, size in store.blobs.listed():
        if size > json.LIMIT:
            continue
        descriptor = Descriptor(OCI_MANIFEST, digest, size)
        with suppress(LayertuiError):
            manifest = Manifest.from_bytes(read_blob(store.blobs, descriptor, "the manifest"))
            if store.blobs.has(manifest.config.digest):
                yield descriptor
