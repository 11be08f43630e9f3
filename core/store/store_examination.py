"""Reads everything in a store, from the index to the last byte of the last blob, and lists all problems; for `fsck`."""

import errno
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from layertui.core.errors import Damaged, LayertuiError
from layertui.core.fs.descent import GONE, open_top, walk
from layertui.core.fs.file_window import without_waiting
from layertui.core.images.image import Layer, image_of
from layertui.core.images.image_index import INDEX_JSON, LAYOUT_FILE, name_of
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.manifest import Index, Manifest
from layertui.core.oci.media_types import OCI_CONFIG, OCI_MANIFEST, oci_equivalent
from layertui.core.progress import Progress
from layertui.core.storage.lost_and_found import Problem
from layertui.core.store.blob_sums import BlobSum, sum_blobs
from layertui.core.store.image_names import listed, listed_as
from layertui.core.store.reachable_blobs import ReachableBlobs
from layertui.core.store.store_layout import Store
from layertui.core.store_paths import LOST_AND_FOUND

_CHUNK = 1 << 20
_MOVED_BY_REPAIR = tr("`fsck --repair` moves it to {lost_and_found}", lost_and_found=LOST_AND_FOUND)


@dataclass(frozen=True, slots=True)
class StoreReport:
    """The result of `fsck`: what was checked, current problems, repaired problems, and remains of interrupted work."""

    checked: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    repaired: tuple[Problem, ...] = ()
    leftovers: tuple[Problem, ...] = ()
    """Not problems: `gc` or the next use removes them."""

    @property
    def ok(self) -> bool:
        """Whether there are no problems left."""
        return not self.problems


class Examination:
    """One check of a store; collects problems, and what a repair needs to know.

    Kinds of problems: layout, index, name, stray, missing, size, digest, manifest, config, diff-id.
    """

    def __init__(self, store: Store, progress: Progress, needed: Mapping[Digest, str]) -> None:
        """`needed`: manifests that must exist even if the index does not list them, each with the container that needs it."""
        self.store = store
        self.progress = progress
        self.needed = needed
        self.problems: list[Problem] = []
        self.wrong: set[Digest] = set()
        """Blobs whose content does not have their digest."""
        self.strays: list[str] = []
        self.index: Index | None = None
        self._unsound: set[Digest] = set()  # blobs that are damaged, or contradict others
        self._reach = ReachableBlobs()
        self._checked: dict[str, int] = {}
        self._wholeness: dict[Digest, bool] = {}
        self._bad_images: list[tuple[Descriptor, Manifest, LayertuiError]] = []
        self._layers: dict[tuple[Digest, DiffID], tuple[Descriptor, Layer]] = {}
        """Each layer under each DiffID that a config gives it, and the first image that does so."""

    def report(self) -> StoreReport:
        self._layout()
        self._index()
        proven = self._read_images()
        hashed = self._blobs(proven)
        self._missing()
        self._images(hashed)
        return StoreReport(dict(self._checked), tuple(self.problems))

    def reached(self, entry: Descriptor) -> Collection[Digest]:
        """Every blob that an entry of the index needs."""
        reach = ReachableBlobs()
        reach.add(self.store.blobs, [entry], lambda _, __: None)
        return reach.found.keys()

    def sound(self, entry: Descriptor) -> bool:
        """Whether everything that an entry of the index needs exists and is undamaged."""
        if entry.digest not in self._wholeness:  # many of thousands of containers share an image
            self._wholeness[entry.digest] = self._is_sound(entry)
        return self._wholeness[entry.digest]

    def _is_sound(self, entry: Descriptor) -> bool:
        reach, unreadable = ReachableBlobs(), []
        reach.add(self.store.blobs, [entry], lambda descriptor, _: unreadable.append(descriptor))
        return not unreadable and all(
            self.store.blobs.size(digest) == descriptor.size and digest not in self._unsound
            for digest, descriptor in reach.found.items()
        )

    def _note(self, kind: str, what: str, detail: str) -> None:
        self.problems.append(Problem(kind, what, detail))

    def _layout(self) -> None:
        path = self.store.path / LAYOUT_FILE
        if not self.store.is_there:
            return
        try:
            with open(path, "rb", opener=without_waiting) as file:
                content = file.read(_CHUNK)
            version = strict_json.load_object(content).get("imageLayoutVersion")
        except (OSError, LayertuiError) as error:
            self._note("layout", LAYOUT_FILE, tr("cannot be read: {error}; `fsck --repair` rewrites it", error=error))
            return
        if version != "1.0.0":
            self._note(
                "layout",
                LAYOUT_FILE,
                tr("says version {version!r}, not 1.0.0; `fsck --repair` rewrites it", version=version),
            )

    def _index(self) -> None:
        there = (digest for digest in self.needed if self.store.blobs.has(digest))
        kept = [Descriptor(OCI_MANIFEST, digest, self.store.blobs.size(digest) or 0) for digest in there]
        try:
            self.index = self.store.index()
        except LayertuiError as error:
            repair = tr("`fsck --repair` rebuilds it from the manifests that exist, with the names from the event log")
            self._note("index", INDEX_JSON, f"{error}; {repair}")
            self._reach.add(self.store.blobs, kept, self._unreadable)
            return
        self._checked["names"] = sum(len(entry.names) for entry in listed(self.index))
        self._names(self.index)
        self._reach.add(self.store.blobs, (*kept, *self.index.manifests), self._unreadable)

    def _names(self, index: Index) -> None:
        seen: dict[str, Digest] = {}
        for entry in index.manifests:
            warnings: list[str] = []
            name = name_of(entry, warnings)
            for warning in warnings:
                self._note("name", str(entry.digest), warning)
            if name is not None and seen.setdefault(name.canonical, entry.digest) != entry.digest:
                self._note(
                    "name",
                    name.familiar,
                    tr(
                        "names {short} and {short2}; tag one again, or `fsck --repair` leaves it to the first",
                        short=seen[name.canonical].short,
                        short2=entry.digest.short,
                    ),
                )

    def _unreadable(self, descriptor: Descriptor, error: LayertuiError) -> None:
        if not self.store.blobs.has(descriptor.digest):
            return  # reported as missing
        self._unsound.add(descriptor.digest)
        self._note("manifest", str(descriptor.digest), f"{error}; {_MOVED_BY_REPAIR}")

    def _read_images(self) -> set[Digest]:
        """Read the config of each manifest. Returns the blobs that this has verified: they are not hashed again."""
        proven = {descriptor.digest for descriptor, _ in self._reach.manifests}
        self._checked["images"] = 0
        self.progress.begin(tr("reading images"), len(self._reach.manifests), "images")
        for descriptor, manifest in self._reach.manifests:
            self.progress.advance()
            if "artifactType" in manifest.extra or not self.store.blobs.has(manifest.config.digest):
                continue
            try:
                image = image_of(self.store.blobs, descriptor, manifest)
            except LayertuiError as error:
                self._bad_images.append((descriptor, manifest, error))
                continue
            self._checked["images"] += 1
            proven.add(image.id)
            for layer in image.layers:
                self._layers.setdefault((layer.digest, layer.diff_id), (descriptor, layer))
        return proven

    def _blobs(self, proven: set[Digest]) -> Mapping[Digest, BlobSum]:
        blobs = list(self.store.blobs.listed())
        compressed = {digest for digest, diff_id in self._layers if digest != diff_id}
        left = [(digest, size) for digest, size in blobs if digest not in proven]
        hashed = sum_blobs(self.store.blobs, left, compressed, self.progress)
        for digest, _ in left:
            found = hashed[digest]
            if found.digest != digest:
                self.wrong.add(digest)
                detail = found.trouble or tr("its content has {digest}", digest=found.digest)
                self._note(
                    "digest",
                    str(digest),
                    tr("{detail}; {repair}, then load its image again", detail=detail, repair=_MOVED_BY_REPAIR),
                )
        self._unsound |= self.wrong
        self._checked["blobs"] = len(blobs)
        self._checked["bytes"] = sum(size for _, size in blobs)
        self.strays = sorted(self._strays({digest for digest, _ in blobs}))
        for path in self.strays:
            self._note(
                "stray", path, tr("is not a blob; it is not named by its digest; {repair}", repair=_MOVED_BY_REPAIR)
            )
        return hashed

    def _strays(self, known: set[Digest]) -> Iterator[str]:
        for path in _files_below(self.store.blobs.folder):
            algorithm, _, name = path.rpartition("/")
            # A blob that was added meanwhile is one too.
            if f"{algorithm}:{name}" not in known and not self._is_blob(algorithm, name):
                whole = os.path.join(self.store.blobs.folder, path)
                if os.path.lexists(whole):
                    yield os.path.relpath(whole, self.store.path)

    def _is_blob(self, algorithm: str, name: str) -> bool:
        with suppress(Damaged):
            return self.store.blobs.has(Digest(f"{algorithm}:{name}"))
        return False

    def _missing(self) -> None:
        owners = {
            part.digest: manifest
            for manifest, parsed in self._reach.manifests
            for part in (parsed.config, *parsed.layers)
        }
        for digest, descriptor in self._reach.found.items():
            size = self.store.blobs.size(digest)
            if size == descriptor.size:
                continue
            needs = tr("image {called} needs it", called=self._called(owners.get(digest, descriptor)))
            if size is None:
                detail = tr(
                    "is not there; {needs}: load that again, or `fsck --repair` moves what is left to {lost_and_found}",
                    needs=needs,
                    lost_and_found=LOST_AND_FOUND,
                )
                self._note("missing", str(digest), detail)
            else:
                # The document with the wrong size is at fault; the blob may be another image's too.
                self._unsound.add(owners.get(digest, descriptor).digest)
                self._note(
                    "size",
                    str(digest),
                    tr(
                        "{needs} to be {size:,} bytes long, and it is {size2:,}",
                        needs=needs,
                        size=descriptor.size,
                        size2=size,
                    ),
                )

    def _called(self, manifest: Descriptor) -> str:
        entry = listed_as(self.index, manifest.digest) if self.index is not None else None
        if entry is not None and entry.names:
            return entry.names[0].familiar
        if manifest.digest in self.needed:
            return tr("of container {needed}", needed=self.needed[manifest.digest])
        return manifest.digest.short

    def _images(self, hashed: Mapping[Digest, BlobSum]) -> None:
        for descriptor, manifest, error in self._bad_images:
            # Other content, such as a chart, has a config of its own type, and is not an image.
            if manifest.config.digest not in self.wrong and _is_image(manifest):
                self._unsound.add(descriptor.digest)
                self._note(
                    "config",
                    str(manifest.config.digest),
                    tr("image {called}: {error}", called=self._called(descriptor), error=error),
                )
        for (digest, diff_id), (descriptor, layer) in self._layers.items():
            if digest == diff_id or digest in self.wrong or not self.store.blobs.has(digest):
                continue
            try:
                layer.open_at().close()  # its size may differ from that in the manifest
                found = hashed[digest] if digest in hashed else BlobSum(digest)
            except LayertuiError as error:
                found = BlobSum(digest, diff_trouble=str(error))
            if found.diff_id is None:
                self._unsound.add(descriptor.digest)
                self._note(
                    "diff-id", str(digest), tr("cannot be read: {diff_trouble}", diff_trouble=found.diff_trouble)
                )
            elif found.diff_id != diff_id:
                self._unsound.add(descriptor.digest)
                self._note(
                    "diff-id",
                    str(digest),
                    tr(
                        "layer {number} of {called} is {diff_id} uncompressed; its config says {diff_id2}",
                        number=layer.number,
                        called=self._called(descriptor),
                        diff_id=found.diff_id,
                        diff_id2=diff_id,
                    ),
                )


def _is_image(manifest: Manifest) -> bool:
    return oci_equivalent(manifest.config.media_type) == OCI_CONFIG


def _files_below(folder: Path) -> Iterator[str]:
    """The paths of all files below a folder."""
    with suppress(FileNotFoundError):
        top = open_top(folder)
        try:
            for found in walk(top, os.fspath(folder), passed_over=(*GONE, errno.EACCES)):
                if not stat.S_ISDIR(found.status.st_mode):
                    yield os.fsdecode(found.path)
        finally:
            os.close(top)
