"""Store: an OCI image layout on disk, with names; other tools read it as it lies there.

An image is there when `index.json` names it, and `index.json` is replaced by one rename after all its blobs are on disk: so
an image appears whole or not at all. Who writes holds `lock` shared, so that `gc`, which holds it alone, never sweeps what
is on its way in; who changes the index holds `index.lock` for a moment.

An index entry has its image's short name in `org.opencontainers.image.ref.name` (unique here, so `oci:STORE:demo:1.0` finds
it) and the whole one in `io.containerd.image.name`. An image without a name has one entry without either.
"""

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from layertui.core.errors import (
    Ambiguous,
    Conflict,
    Damaged,
    LayertuiError,
    NotAnImage,
    NotFound,
    StorageError,
    as_storage_error,
    storage_error,
)
from layertui.core.images.image import Image, read_image
from layertui.core.images.index import INDEX_JSON, LAYOUT_FILE, choose
from layertui.core.oci import json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.manifest import Index
from layertui.core.oci.media import OCI_MANIFEST
from layertui.core.oci.reference import DEFAULT_TAG, Reference
from layertui.core.store.blobs import Blobs, Received
from layertui.core.store.naming import (
    Listed,
    exact_name,
    find_by_digest,
    listed,
    with_names,
    without_image,
    without_name,
)
from layertui.core.streams.atomic import Lock, make_folder, write_atomically
from layertui.core.streams.progress import Progress, quiet
from layertui.core.streams.window import read_small

_MOMENT = 0.05  # seconds in which another tool has written an index
LAYOUT = json.dumps({"imageLayoutVersion": "1.0.0"})


@dataclass(frozen=True, slots=True)
class Stored:
    """An image in the store after a put, and the tags that another image had before."""

    image: Image
    moved: tuple[tuple[Reference, Digest], ...] = ()
    """Each tag with the ID of the image that had it."""


class Store:
    """Images in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blobs = Blobs(path)

    @property
    def is_there(self) -> bool:
        """Whether anything was ever put in; who only looks makes no store.

        One whose index is lost is not taken for a new one: all its images would be taken for unneeded.
        """
        return os.path.lexists(self.path / INDEX_JSON) or any(True for _ in self.blobs.listed())

    def index(self) -> Index:
        """Read the index as it is now; without a store it lists nothing.

        Other tools, such as skopeo, do not rename theirs to its place but write into it: what cannot be read is read once more.
        """
        try:
            return self._index()
        except Damaged:
            time.sleep(_MOMENT)
            return self._index()

    def _index(self) -> Index:
        path = self.path / INDEX_JSON
        try:
            content = read_small(path)
        except (FileNotFoundError, NotADirectoryError) as error:
            if not self.is_there:
                _require_folder(self.path)
                return Index(())
            if path.exists():  # the first image came while we looked: its index is there before any blob
                return self._index()
            if os.path.lexists(path):
                raise storage_error(error, path) from error
            lost = f"{path}: is lost, and there are images; `layertui fsck --repair` lists them anew"
            raise Damaged(lost) from None
        except OSError as error:
            raise storage_error(error, path) from error
        try:
            return Index.from_bytes(content)
        except Damaged as error:
            damaged = "this folder is no store, or a damaged one, which `layertui fsck --repair` mends"
            raise Damaged(f"{path}: {error}; {damaged}") from error

    def images(self) -> tuple[Image, ...]:
        """List every image with its names, untagged ones too. A damaged one is left out: `fsck` tells of it."""
        found: list[Image] = []
        for entry in listed(self.index()):
            with suppress(LayertuiError):
                if (image := self._read(entry)) is not None:
                    found.append(image)
        return tuple(found)

    def unreadable(self, known: Collection[Digest]) -> int:
        """How many images the index lists that cannot be read; those with known manifests are not looked at."""
        return sum(self._is_unreadable(one) for one in listed(self.index()) if one.descriptor.digest not in known)

    def _is_unreadable(self, entry: Listed) -> bool:
        try:
            self._read(entry)
        except (Ambiguous, NotAnImage):  # it is for other platforms, or something else, such as a chart
            return False
        except LayertuiError:
            return True
        return False

    def find(self, name: str) -> Image:
        """Find an image by name, name@digest, ID or a unique prefix of one. NotFound, or Ambiguous naming what fits."""
        wanted = exact_name(name)
        if wanted is not None:
            for entry in listed(self.index()):
                if wanted in entry.names and (image := self._read(entry)) is not None:
                    return image
        if not self.is_there:
            raise NotFound(f"no image {name}: there is no store in {self.path} yet; what is loaded first makes one")
        return find_by_digest(self.images(), name)

    def image(self, manifest: Digest) -> Image:
        """Give the image of a manifest digest, whether the index still names it or not."""
        entry = next((entry for entry in listed(self.index()) if entry.descriptor.digest == manifest), None)
        if entry is not None:
            return read_image(self.blobs, entry.descriptor, entry.names)
        size = self.blobs.size(manifest)
        if size is None:
            raise NotFound(f"the store has no image {manifest}")
        return read_image(self.blobs, Descriptor(OCI_MANIFEST, manifest, size))

    def put(
        self, image: Image, names: Sequence[Reference] = (), progress: Progress | None = None, *, clobber: bool = True
    ) -> Stored:
        """Take an image in, under these names besides those it has here. What is there already is not read again.

        Every byte is summed while it is written; an image that differs from what it says leaves the store as it was. A name
        that another image has moves to this one; Conflict, before anything is written, where `clobber` is false.
        """
        from layertui.core.store.receiving import receive_image  # late: threads are for those who put something in

        tagged = tuple(dict.fromkeys(name.with_tag(name.tag or DEFAULT_TAG) for name in names))
        with self.writing():
            images = self.images()
            if not clobber:
                _refuse_moves(images, image.id, tagged)
            received: list[Received] = []
            try:
                descriptor = self._present(images, image)
                if descriptor is None:
                    descriptor, received = receive_image(self.blobs, image, images, progress or quiet())
                return self._publish(image.id, descriptor, received, tagged, clobber=clobber)
            finally:
                self.blobs.drop_all(received)

    def tag(self, image: Image, name: Reference, *, clobber: bool = True) -> Stored:
        """Give an image of the store a further name."""
        with self.writing():
            tagged = (name.with_tag(name.tag or DEFAULT_TAG),)
            return self._publish(image.id, image.descriptor, (), tagged, clobber=clobber)

    def untag(self, name: Reference) -> None:
        """Take a name away. The image stays, without a name if this was its last. NotFound where nothing has the name."""
        with self._changing() as index:
            entry = next((entry for entry in listed(index) if name in entry.names), None)
            if entry is None:
                raise NotFound(f"no image is named {name}; `layertui images` lists the names")
            self._shrink(without_name(index, name))

    def delete(self, image: Image) -> None:
        """Take an image and all its names out of the index. Its blobs stay until `gc` finds that nothing needs them."""
        with self._changing() as index:
            self._shrink(without_image(index, image.digest))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold off `gc` while blobs are taken in that no index names yet, or are to be needed by more than until now.

        Where there is no store yet, it is made now.
        """
        if not self.is_there:
            _make(self.path)
        with Lock(self.path / "lock", shared=True):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold off `gc` while the whole store is looked at, where that can be: on a read-only disk nobody sweeps."""
        lock = Lock(self.path / "lock", shared=True)
        with suppress(StorageError):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep all writers out. Conflict where one is at work."""
        if not os.path.lexists(self.path):
            yield  # and nobody can be
            return
        with Lock(self.path / "lock", timeout=0):
            yield

    def _publish(
        self,
        own_id: Digest,
        descriptor: Descriptor,
        received: Sequence[Received],
        names: tuple[Reference, ...],
        *,
        clobber: bool,
    ) -> Stored:
        """Give received blobs their names, then the image its own: from here on it is there."""
        with self._changing() as index:
            images = self.images()
            moved = _moves(images, own_id, names)
            if not clobber:
                _refuse_moves(images, own_id, names)
            self.blobs.keep_all(received)
            changed = index
            for twin in (image for image in images if image.id == own_id and image.digest != descriptor.digest):
                # The same image under another manifest, which had lost a layer: this one stands for both.
                changed, names = without_image(changed, twin.digest), (*twin.names, *names)
            changed = with_names(changed, descriptor, names)
            if changed != index:
                self._write(changed)
        return Stored(self.image(descriptor.digest), moved)

    def _present(self, images: Sequence[Image], wanted: Image) -> Descriptor | None:
        """Give the manifest under which an image is here already, with every blob of it."""
        for image in images:
            if image.id == wanted.id and all(
                self.blobs.size(layer.digest) == layer.size for layer in image.manifest.layers
            ):
                return image.descriptor
        return None

    def _read(self, entry: Listed) -> Image | None:
        chosen = choose(self.blobs, lambda one: self.blobs.has(one.digest), entry.descriptor, None)
        return None if chosen is None else read_image(self.blobs, chosen, entry.names)

    @contextmanager
    def _changing(self) -> Iterator[Index]:
        with Lock(self.path / "index.lock"):
            yield self.index()

    def _shrink(self, index: Index) -> None:
        """Write an index that has less in it than before. That a disk is full must not keep anybody from emptying it."""
        from layertui.core.store.room import given_up, is_full

        try:
            self._write(index)
        except StorageError as error:
            if not is_full(error):
                raise
            for _ in given_up(self.path):
                with suppress(StorageError):
                    return self._write(index)
            raise

    def _write(self, index: Index) -> None:
        write_atomically(self.path / INDEX_JSON, index.to_bytes(), 0o644)


def _moves(images: Sequence[Image], own_id: Digest, names: Sequence[Reference]) -> tuple[tuple[Reference, Digest], ...]:
    return tuple((name, image.id) for name in names for image in images if name in image.names and image.id != own_id)


def _refuse_moves(images: Sequence[Image], own_id: Digest, names: Sequence[Reference]) -> None:
    for name, old in _moves(images, own_id, names):
        raise Conflict(f"{name} is image {old.short} already; it would move to {own_id.short}")


def _require_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise StorageError(f"{path}: is no folder; choose another one with --store")


def _make(path: Path) -> None:
    with as_storage_error(path):
        _require_folder(path)
        make_folder(path)
        make_folder(path / "blobs" / "sha256", 0o755)
    with Lock(path / "index.lock"):
        if not (path / LAYOUT_FILE).exists():
            write_atomically(path / LAYOUT_FILE, LAYOUT, 0o644)
        if not (path / INDEX_JSON).exists():
            write_atomically(path / INDEX_JSON, Index(()).to_bytes(), 0o644)
