"""One look at everything in a store, from its index down to the last byte of the last blob."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.images.image import Image, make_image, read_blob
from layertui.core.images.index import INDEX_JSON, LAYOUT_FILE, name_of
from layertui.core.oci import json
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, Sum
from layertui.core.oci.manifest import Index
from layertui.core.store.layout import Store
from layertui.core.store.naming import listed
from layertui.core.store.reach import Reach
from layertui.core.streams.progress import Progress

_CHUNK = 1 << 20
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `kind`: layout, index, name, stray, missing, size, digest, manifest, config, diff-id. `what` is the digest, name or file
    that it is about; `detail` says what is wrong and what to try.
    """

    kind: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, what is wrong, and what was wrong until now."""

    checked: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    repaired: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong any more."""
        return not self.problems


class Examination:
    """One pass over a store; notes what is wrong, and what that means for a repair."""

    def __init__(self, store: Store, progress: Progress) -> None:
        self.store = store
        self.progress = progress
        self.problems: list[Problem] = []
        self.wrong: set[Digest] = set()
        self.dangling: set[Digest] = set()
        self.index: Index | None = None
        self._reach = Reach()
        self._checked: dict[str, int] = {}

    def report(self) -> Report:
        self._layout()
        self._index()
        self._blobs()
        self._missing()
        self._images()
        return Report(dict(self._checked), tuple(self.problems))

    def _note(self, kind: str, what: str, detail: str) -> None:
        self.problems.append(Problem(kind, what, detail))

    def _layout(self) -> None:
        path = self.store.path / LAYOUT_FILE
        try:
            version = json.load_object(path.read_bytes()).get("imageLayoutVersion")
        except (OSError, LayertuiError) as error:
            self._note("layout", LAYOUT_FILE, f"cannot be read: {error}; `fsck --repair` writes it anew")
            return
        if version != "1.0.0":
            self._note("layout", LAYOUT_FILE, f"says version {version!r}, not 1.0.0")

    def _index(self) -> None:
        try:
            self.index = self.store.index()
        except LayertuiError as error:
            self._note("index", INDEX_JSON, f"{error}; `fsck --repair` makes it anew of the manifests that are there")
            return
        self._checked["names"] = sum(len(entry.names) for entry in listed(self.index))
        self._names(self.index)
        self._reach.add(self.store.blobs, self.index.manifests, self._unreadable)

    def _names(self, index: Index) -> None:
        seen: dict[str, Digest] = {}
        for entry in index.manifests:
            warnings: list[str] = []
            name = name_of(entry, warnings)
            for warning in warnings:
                self._note("name", str(entry.digest), warning)
            if name is not None and seen.setdefault(name.canonical, entry.digest) != entry.digest:
                self._note(
                    "name", name.familiar, f"names {seen[name.canonical].short} and {entry.digest.short}; tag one anew"
                )

    def _unreadable(self, descriptor: Descriptor, error: LayertuiError) -> None:
        if not self.store.blobs.has(descriptor.digest):
            return  # told of as missing
        self._note("manifest", str(descriptor.digest), str(error))

    def _blobs(self) -> None:
        blobs = list(self.store.blobs.listed())
        self.progress.begin("checking blobs", sum(size for _, size in blobs))
        with ThreadPoolExecutor(_THREADS, "sum") as threads:
            sums = list(threads.map(self._sum, (digest for digest, _ in blobs)))
        for (digest, _), found in zip(blobs, sums, strict=True):
            if found != digest:
                self.wrong.add(digest)
                detail = f"its content has {found}" if isinstance(found, Digest) else found
                self._note("digest", str(digest), f"{detail}; `fsck --repair` removes it, then load its image again")
        self._checked["blobs"] = len(blobs)
        self._checked["bytes"] = sum(size for _, size in blobs)
        for path in self._strays():
            self._note("stray", path, "is no blob; it is not named by its digest")

    def _sum(self, digest: Digest) -> Digest | str:
        try:
            total = Sum(digest.algorithm)
            with open(self.store.blobs.path(digest), "rb", buffering=0) as raw:
                while chunk := raw.read(_CHUNK):
                    total.update(chunk)
                    self.progress.advance(len(chunk))
        except Cancelled:
            raise
        except (OSError, LayertuiError) as error:
            return f"cannot be read: {error}"
        return total.digest()

    def _strays(self) -> Iterator[str]:
        known = {self.store.blobs.path(digest) for digest, _ in self.store.blobs.listed()}
        for folder, _, names in os.walk(self.store.blobs.folder):
            for name in names:
                if (path := Path(folder) / name) not in known:
                    yield os.fspath(path.relative_to(self.store.path))

    def _missing(self) -> None:
        owners = {
            part.digest: manifest
            for manifest, parsed in self._reach.manifests
            for part in (parsed.config, *parsed.layers)
        }
        listed_here = {entry.digest for entry in self.index.manifests} if self.index is not None else set()
        for digest, descriptor in self._reach.found.items():
            size = self.store.blobs.size(digest)
            if size is None:
                if digest in listed_here:
                    self.dangling.add(digest)
                    self._note(
                        "missing",
                        str(digest),
                        "the index lists it, but it is not there; `fsck --repair` removes the entry",
                    )
                else:
                    self._note(
                        "missing",
                        str(digest),
                        f"image {self._called(owners[digest])} needs it; load it again, or `rmi` it",
                    )
            elif size != descriptor.size:
                self._note("size", str(digest), f"is {size} bytes long; its descriptor says {descriptor.size}")

    def _called(self, manifest: Descriptor) -> str:
        entries = listed(self.index) if self.index is not None else []
        names = next((entry.names for entry in entries if entry.descriptor.digest == manifest.digest), ())
        return names[0].familiar if names else manifest.digest.short

    def _images(self) -> None:
        self._checked["images"] = 0
        proven: set[tuple[Digest, DiffID]] = set()
        for descriptor, manifest in self._reach.manifests:
            if "artifactType" in manifest.extra or not self.store.blobs.has(manifest.config.digest):
                continue
            try:
                image = make_image(
                    self.store.blobs, descriptor, read_blob(self.store.blobs, descriptor, "the manifest")
                )
            except LayertuiError as error:
                if manifest.config.digest not in self.wrong:
                    self._note("config", str(manifest.config.digest), f"image {self._called(descriptor)}: {error}")
                continue
            self._checked["images"] += 1
            self._diff_ids(image, descriptor, proven)

    def _diff_ids(self, image: Image, descriptor: Descriptor, proven: set[tuple[Digest, DiffID]]) -> None:
        for layer in image.layers:
            pair = (layer.digest, layer.diff_id)
            if layer.digest in self.wrong or not self.store.blobs.has(layer.digest) or pair in proven:
                continue
            try:
                found = (
                    layer.diff_id
                    if layer.digest == layer.diff_id
                    else self.store.blobs.diff_id(layer.descriptor, self.progress)
                )
            except Cancelled:
                raise
            except LayertuiError as error:
                self._note("diff-id", str(layer.digest), f"cannot be read: {error}")
                continue
            proven.add(pair)
            if found != layer.diff_id:
                self._note(
                    "diff-id",
                    str(layer.digest),
                    f"layer {layer.number} of {self._called(descriptor)} is {found} uncompressed; its config says {layer.diff_id}",
                )
