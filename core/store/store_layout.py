"""The image store as an OCI image layout, with names; other tools can read it as it is.

An image exists if `index.json` lists it. `index.json` is replaced by one rename after all blobs of the image are on
disk, so an image appears complete or not at all. Writers hold `lock` shared, so that `gc`, which holds it exclusively,
never deletes what is being added. `index.lock` is held for a moment while the index changes.

An entry of the index has the image's short name in `org.opencontainers.image.ref.name` (unique here, so that
`oci:STORE:demo:1.0` finds it) and the full name in `io.containerd.image.name`. An image without a name has one entry
without either.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.errors import Conflict, LayertuiError, NotFound, StorageError, as_storage_error
from layertui.core.fs.atomic import Lock, make_folder, write_atomically
from layertui.core.images.image import Image, read_image
from layertui.core.images.image_index import INDEX_JSON, LAYOUT_FILE, choose
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import OCI_MANIFEST
from layertui.core.oci.reference import DEFAULT_TAG, Reference
from layertui.core.progress import Progress, quiet
from layertui.core.store.blobs import Blobs, ReceivedBlob
from layertui.core.store.image_names import (
    ListedNames,
    exact_name,
    find_by_digest,
    listed,
    listed_as,
    may_be_digest,
    named,
    not_found,
    with_names,
    without_image,
    without_name,
)
from layertui.core.store.image_summaries import SummaryFile
from layertui.core.store.image_summary import Summaries, Summary
from layertui.core.store.index_file import IndexFile, require_folder
from layertui.core.store_paths import StorePaths

if TYPE_CHECKING:
    from layertui.core.layers.table.layer_table import LayerTable

LAYOUT = strict_json.dumps({"imageLayoutVersion": "1.0.0"})


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image in the store after a put, and the tags that another image had before."""

    image: Image
    moved: tuple[tuple[Reference, Digest], ...] = ()
    """Each tag with the ID of the image that had it."""
    tables: "Mapping[DiffID, LayerTable]" = field(default_factory=dict, compare=False, repr=False)
    """The tables of the layers that were received."""


class Store:
    """An OCI image layout with locks: images by name, ID and digest, added and removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.paths = StorePaths(path)
        self.blobs = Blobs(path)
        self._index_file = IndexFile(path / INDEX_JSON, lambda: self.is_there)
        self.summary_file = SummaryFile(self.paths.image_summaries, self.blobs, self._index_file.parsed)

    @property
    def is_there(self) -> bool:
        """Whether the store has content; reading does not create one.

        A store that has lost its index is not a new one: otherwise all its images would count as unneeded.
        """
        return os.path.lexists(self.path / INDEX_JSON) or any(True for _ in self.blobs.listed())

    def index(self) -> Index:
        """Read the current index; without a store it is empty. Raises Damaged, StorageError."""
        return self._index_file.parsed().index

    def images(self) -> tuple[Image, ...]:
        """Every image with its names, untagged ones too. A damaged one is left out: `fsck` reports it.

        Raises Damaged for the index, StorageError.
        """
        found: list[Image] = []
        for entry in listed(self.index()):
            with suppress(LayertuiError):
                if (image := self._read(entry)) is not None:
                    found.append(image)
        return tuple(found)

    def summaries(self, *, remembered: bool = False) -> Summaries:
        """What a list shows of every image, in the order of the index; see `SummaryFile.read`. Raises Damaged, StorageError."""
        return self.summary_file.read(self._read, remembered=remembered)

    def find(self, name: str) -> Image:
        """Find an image by name, name@digest, ID or a unique prefix of one. Raises NotFound, Ambiguous, Damaged."""
        wanted = exact_name(name)
        index = self.index()
        if wanted is not None:
            entry = named(index, wanted)
            if entry is not None and (image := self._read(entry)) is not None:
                return image
        if not self.is_there:
            raise NotFound(
                tr(
                    "no image {name}: there is no store in {path} yet; what is loaded first makes one",
                    name=name,
                    path=self.path,
                )
            )
        if may_be_digest(name):
            known = self._known(name)
            image = self._read_known(index, known)
            if image is not None:
                return image
        raise not_found(name)

    def _known(self, name: str) -> Summary:
        """The summary that an ID, a digest or a prefix of one means. Raises NotFound, Ambiguous."""
        # Who opens hundreds of images one after another would look at the blobs of all of them each time.
        try:
            known = find_by_digest(self.summaries(remembered=True).images, name)
        except NotFound:
            known = find_by_digest(self.summaries().images, name)
        self.summary_file.keep()
        return known

    def image(self, manifest: Digest) -> Image:
        """The image with a manifest digest, whether the index lists it or not. Raises NotFound, Damaged."""
        entry = listed_as(self.index(), manifest)
        if entry is not None:
            return read_image(self.blobs, entry.descriptor, entry.names)
        size = self.blobs.size(manifest)
        if size is None:
            raise NotFound(tr("the store has no image {manifest}", manifest=manifest))
        return read_image(self.blobs, Descriptor(OCI_MANIFEST, manifest, size))

    def put(
        self, image: Image, names: Sequence[Reference] = (), progress: Progress | None = None, *, clobber: bool = True
    ) -> StoredImage:
        """Add an image with these names, and any that it has here. Blobs that exist already are not read again.

        Every byte is hashed while it is written; after an error the store is unchanged. A name that another image has moves to this
        one; with `clobber` false, raises Conflict before anything is written. Raises NotOurs, StorageError, and as `receive_image`.
        """
        from layertui.core.store.receive_images import receive_image  # late: threads are only needed to add images

        tagged = tuple(dict.fromkeys(name.with_tag(name.tag or DEFAULT_TAG) for name in names))
        with self.writing():
            known = self.summaries().images
            self.summary_file.keep()
            if not clobber:
                _refuse(self._moves(self.index(), image.id, tagged), image.id)
            received: list[ReceivedBlob] = []
            try:
                descriptor = self._present(known, image)
                if descriptor is None:
                    related = self._related(known, image)
                    descriptor, received = receive_image(self.blobs, image, related, progress or quiet())
                stored = self._publish(image.id, descriptor, received, tagged, clobber=clobber)
                tables = {one.diff_id: one.table for one in received if one.diff_id and one.table is not None}
                return replace(stored, tables=tables)
            finally:
                self.blobs.drop_all(received)

    def tag(self, image: Image, name: Reference, *, clobber: bool = True) -> StoredImage:
        """Give an image of the store another name. No other image is read, except one that has the name.

        Raises Conflict if another image has it and `clobber` is false; Damaged, NotOurs, StorageError.
        """
        names = (name.with_tag(name.tag or DEFAULT_TAG),)
        with self.writing(), self._changing() as index:
            moved = self._moves(index, image.id, names)
            if not clobber:
                _refuse(moved, image.id)
            return self._listed(index, index, image.descriptor, names, moved)

    def untag(self, name: Reference) -> None:
        """Remove a name. The image stays, without a name if this was its last.

        Raises NotFound if no image has the name; Damaged, NotOurs, StorageError.
        """
        with self._changing() as index:
            if named(index, name) is None:
                raise NotFound(tr("no image is named {name}", name=name), tr("`layertui images` lists the names"))
            self._shrink(without_name(index, name))

    def delete(self, image: Image) -> None:
        """Remove an image and all its names from the index. Its blobs stay until `gc` deletes them.

        Raises Damaged, NotOurs, StorageError.
        """
        with self._changing() as index:
            self._shrink(without_image(index, image.digest))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep `gc` out while blobs are added that no index lists yet, or while existing ones become needed.

        Waits while `gc` runs. Makes the store if it does not exist. Raises NotOurs, StorageError.
        """
        if not self.is_there:
            _make(self.path)
        with Lock(self.paths.lock, shared=True):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep `gc` out while the whole store is read, if possible: on a read-only disk `gc` cannot run."""
        lock = Lock(self.paths.lock, shared=True)
        with suppress(StorageError):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all writers out. Raises Conflict while one works, NotOurs."""
        if not os.path.lexists(self.path):
            yield  # and none can start
            return
        with Lock(self.paths.lock, timeout=0):
            yield

    def _publish(
        self,
        own_id: Digest,
        descriptor: Descriptor,
        received: Sequence[ReceivedBlob],
        names: tuple[Reference, ...],
        *,
        clobber: bool,
    ) -> StoredImage:
        """Give received blobs their names, then list the image: from here on it exists."""
        with self._changing() as index:
            moved = self._moves(index, own_id, names)
            if not clobber:
                _refuse(moved, own_id)
            self.blobs.keep_all(received)
            changed = index
            for known in self.summaries(remembered=True).images:
                if known.id != own_id or known.digest == descriptor.digest:
                    continue
                # The same image with another manifest, which lacks a layer: this one replaces both.
                if (twin := self._read_known(index, known)) is not None:
                    changed, names = without_image(changed, twin.digest), (*twin.names, *names)
            return self._listed(index, changed, descriptor, names, moved)

    def _listed(
        self,
        before: Index,
        index: Index,
        descriptor: Descriptor,
        names: Sequence[Reference],
        moved: tuple[tuple[Reference, Digest], ...],
    ) -> StoredImage:
        """List an image with these names, and those that it has."""
        changed = with_names(index, descriptor, names)
        if changed != before:
            self._write(changed)
        entry = listed_as(changed, descriptor.digest)
        return StoredImage(read_image(self.blobs, descriptor, entry.names if entry is not None else ()), moved)

    def _present(self, known: Sequence[Summary], wanted: Image) -> Descriptor | None:
        """The manifest under which the image is here already, with all its blobs; else None."""
        index = self.index()
        for one in known:
            if one.id != wanted.id or (image := self._read_known(index, one)) is None:
                continue
            if all(self.blobs.size(layer.digest) == layer.size for layer in image.manifest.layers):
                return image.descriptor
        return None

    def _related(self, known: Sequence[Summary], wanted: Image) -> list[Image]:
        """Read images that share layers with this one, as few as cover them all: a summary does not verify anything."""
        layers = {digest for layer in wanted.layers for digest in (layer.digest, layer.diff_id)}
        index, found = self.index(), []
        for one in known:
            shared = layers.intersection(digest for layer in one.layers if layer.is_there for digest in layer.digests)
            if shared and (image := self._read_known(index, one)) is not None:
                found.append(image)
                layers -= shared
        return found

    def _moves(self, index: Index, own_id: Digest, names: Sequence[Reference]) -> tuple[tuple[Reference, Digest], ...]:
        """Which of these names another image has, and its ID."""
        found = []
        for name in names:
            entry = named(index, name)
            with suppress(LayertuiError):
                if entry is not None and (image := self._read(entry)) is not None and image.id != own_id:
                    found.append((name, image.id))
        return tuple(found)

    def _read(self, entry: ListedNames) -> Image | None:
        title = str(entry.names[0]) if entry.names else ""
        chosen = choose(self.blobs, lambda one: self.blobs.has(one.digest), entry.descriptor, None, title=title)
        return None if chosen is None else read_image(self.blobs, chosen, entry.names)

    def _read_known(self, index: Index, known: Summary) -> Image | None:
        """Read the image of a summary; None if it cannot be read, or has changed."""
        entry = listed_as(index, known.entry)
        with suppress(LayertuiError):
            image = self._read(entry) if entry is not None else None
            if image is not None and (image.id, image.digest) == (known.id, known.digest):
                return image
        return None

    @contextmanager
    def _changing(self) -> Iterator[Index]:
        with Lock(self.paths.index_lock):
            yield self.index()

    def _shrink(self, index: Index) -> None:
        """Write an index with fewer entries. A full disk must not prevent that anything is deleted."""
        from layertui.core.store.free_space import free_cache_space, is_full

        try:
            self._write(index)
        except StorageError as error:
            if not is_full(error):
                raise
            for _ in free_cache_space(self.path):
                with suppress(StorageError):
                    return self._write(index)
            raise

    def _write(self, index: Index) -> None:
        write_atomically(self.path / INDEX_JSON, index.to_bytes(), 0o644)


def _refuse(moves: Sequence[tuple[Reference, Digest]], own_id: Digest) -> None:
    for name, old in moves:
        raise Conflict(
            tr(
                "{name} is image {short} already; it would move to {short2}",
                name=name,
                short=old.short,
                short2=own_id.short,
            )
        )


def _make(path: Path) -> None:
    with as_storage_error(path):
        require_folder(path)
        make_folder(path)
        make_folder(StorePaths(path).blobs / "sha256", 0o755)
    with Lock(StorePaths(path).index_lock):
        if not (path / LAYOUT_FILE).exists():
            write_atomically(path / LAYOUT_FILE, LAYOUT, 0o644)
        if not (path / INDEX_JSON).exists():
            write_atomically(path / INDEX_JSON, Index(()).to_bytes(), 0o644)
