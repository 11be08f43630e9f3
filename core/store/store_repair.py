"""Repairs a store, and moves what cannot be repaired to `lost+found`. It deletes nothing.

First the content that stays is written, then the index is replaced by one rename, then damaged content is moved. The next
repair completes an interrupted one.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from layertui.core.bounds import bounds
from layertui.core.errors import LayertuiError, as_storage_error
from layertui.core.fs.atomic import write_atomically
from layertui.core.images.image import read_blob
from layertui.core.images.image_index import INDEX_JSON, LAYOUT_FILE
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.manifest import Index, Manifest
from layertui.core.oci.media_types import OCI_MANIFEST
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress
from layertui.core.storage.lost_and_found import LostAndFound, Problem
from layertui.core.store.image_names import with_clear_names, with_names
from layertui.core.store.store_examination import Examination
from layertui.core.store.store_layout import LAYOUT, Store

Remembered = Callable[[], Mapping[Reference, Digest]]
"""Names and the image IDs that they were given to, from other sources than the index."""


def repair_store(store: Store, found: Examination, remembered: Remembered, progress: Progress) -> Iterator[Problem]:
    """Repair what an examination has found. Yields further problems to report. The caller holds the store exclusively."""
    if any(problem.kind == "layout" for problem in found.problems):
        _to_lost_and_found(store, LAYOUT_FILE)
        write_atomically(store.path / LAYOUT_FILE, LAYOUT, 0o644)
    if found.index is None:
        index, rebuilt = _remade(store, found.wrong, remembered)
        _write_index(store, index, ())
        yield rebuilt
        found = Examination(store, progress, found.needed)
        found.report()
    index = found.index or Index(())
    unsound = [entry for entry in index.manifests if not found.sound(entry)]
    clear = with_clear_names(replace(index, manifests=tuple(one for one in index.manifests if one not in unsound)))
    if clear != index:
        _keep_what_is_left(store, found, unsound)
        _write_index(store, clear, unsound)
    lost_and_found = LostAndFound(store.path)
    for path in (*map(store.blobs.path, found.wrong), *(store.path / stray for stray in found.strays)):
        if os.path.lexists(path):  # it may be in another folder that was moved
            lost_and_found.move_in(path)


def _remade(store: Store, wrong: set[Digest], remembered: Remembered) -> tuple[Index, Problem]:
    """An index of the manifests among the blobs, with their names as far as they are recorded."""
    found = {descriptor: config for descriptor, config in _manifests(store) if descriptor.digest not in wrong}
    index = Index(())
    for descriptor in found:
        index = with_names(index, descriptor, ())
    named: dict[Descriptor, list[Reference]] = {}
    for name, image_id in remembered().items():
        meant = next((one for one, config in found.items() if config == image_id), None)
        if meant is not None:
            named.setdefault(meant, []).append(name)
    for descriptor, names in named.items():
        index = with_names(index, descriptor, names)
    given = ", ".join(sorted(name.familiar for names in named.values() for name in names)) or "none"
    bare = len(found) - len(named)
    rest = tr("; {bare} of them without a name, which `layertui tag` can give", bare=bare) if bare else ""
    detail = tr(
        "lists the {found} images that are there{rest}; names from the event log: {given}",
        found=len(found),
        rest=rest,
        given=given,
    )
    return index, Problem("index", INDEX_JSON, detail)


def _manifests(store: Store) -> Iterator[tuple[Descriptor, Digest]]:
    """The image manifests among the blobs, each with the digest of its config."""
    for digest, size in store.blobs.listed():
        if size > bounds().json:
            continue
        descriptor = Descriptor(OCI_MANIFEST, digest, size)
        with suppress(LayertuiError):
            manifest = Manifest.from_bytes(read_blob(store.blobs, descriptor, tr("the manifest")))
            if store.blobs.has(manifest.config.digest):
                yield descriptor, manifest.config.digest


def _keep_what_is_left(store: Store, found: Examination, unsound: list[Descriptor]) -> None:
    """Link the intact blobs of incomplete images into `lost+found` too, where no `gc` deletes them."""
    lost_and_found = LostAndFound(store.path)
    lost = Store(lost_and_found.folder).blobs
    for entry in unsound:
        for digest in found.reached(entry):
            if store.blobs.has(digest) and digest not in found.wrong and not lost.has(digest):
                lost_and_found.copy_in(store.blobs.path(digest))


def _write_index(store: Store, index: Index, dropped: Sequence[Descriptor]) -> None:
    """Replace the index. The previous one goes to `lost+found`, whose own index lists the dropped entries."""
    lost = Store(LostAndFound(store.path).folder)
    with as_storage_error(lost.path):
        lost.path.mkdir(mode=0o700, exist_ok=True)
    before = Index(())
    with suppress(LayertuiError):
        before = lost.index()
    write_atomically(lost.path / LAYOUT_FILE, LAYOUT, 0o644)
    write_atomically(lost.path / INDEX_JSON, replace(before, manifests=(*before.manifests, *dropped)).to_bytes(), 0o644)
    old = store.path / INDEX_JSON
    if old.is_file() and not old.is_symlink():
        LostAndFound(store.path).copy_in(old)
    else:
        _to_lost_and_found(store, INDEX_JSON)
    write_atomically(store.path / INDEX_JSON, index.to_bytes(), 0o644)


def _to_lost_and_found(store: Store, name: str) -> None:
    if os.path.lexists(store.path / name):
        LostAndFound(store.path).move_in(store.path / name)
