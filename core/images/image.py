"""An image and its layers: manifest and config in memory, and the source of the layers' bytes.

Manifest and config are verified when an image is opened. Layers are verified while they are read.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple, NoReturn, Protocol, cast, runtime_checkable

from layertui.core.bounds import check
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import ChainID, DiffID, Digest
from layertui.core.oci.image_config import ImageConfig
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.reference import Reference
from layertui.core.streams.digest_reader import VerifyingReader


class BlobSource(Protocol):
    """A source of blobs: an archive, a store, a registry."""

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open the blob's bytes as stored, seekable, unverified. Raises Damaged, naming the digest, if it is missing.

        If the digest of the bytes is not verified yet, the reader has a `source`: a text that changes whenever the bytes may have
        changed.
        """
        ...


class Downloads(NamedTuple):
    """Blobs that are fetched over a network: what has come before a failure is worth keeping."""

    blobs: BlobSource

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob, as every BlobSource."""
        return self.blobs.open(descriptor)


@runtime_checkable
class RemoteBlobs(Protocol):
    """What a BlobSource offers besides, where its blobs are on another machine.

    A reader of such a blob verifies what is read through: it has the blob's `digest`. After that the blob is here.
    """

    def is_remote(self, descriptor: Descriptor) -> bool:
        """Whether the blob is not on this machine yet. Makes no request."""
        ...

    def contents(self, descriptor: Descriptor) -> Any:
        """The table of contents that the blob carries, a `LayerToc` of `core/layers/toc`; None where it has none. No request is made."""
        ...


@runtime_checkable
class RecordedBlobs(Protocol):
    """What a BlobSource offers besides, whose layers are recorded in a catalog, and are not to be read."""

    def refuse(self) -> NoReturn:
        """Raise NotFound, with where the image is."""
        ...


@runtime_checkable
class UnpackedBlobs(Protocol):
    """What a BlobSource offers besides, where layers are folders of files, and each blob is put together of them as it is read."""

    @property
    def is_unpacked(self) -> bool:
        """True. Nobody sends such a layer as it is: a daemon compresses it when it pushes the image."""
        ...


class DocumentBudget:
    """The JSON read from one archive. The archive may refer to a document any number of times, and each time counts."""

    _VALUE = 100  # bytes of memory of a value in a list or an object, besides its text

    def __init__(self, name: str) -> None:
        self._name = name
        self._read = 0

    def add(self, content: bytes) -> None:
        """Count a document. Raises LimitExceeded for more than one archive may have."""
        self._read += len(content) + self._VALUE * content.count(b",")
        check("documents", self._read, tr("{name} has too much JSON, or leads to the same too often", name=self._name))


@dataclass(frozen=True)
class Layer:
    """One layer of an image, with its three identities."""

    descriptor: Descriptor
    diff_id: DiffID
    chain_id: ChainID
    number: int
    """1 is the bottom layer."""
    blobs: BlobSource = field(compare=False, repr=False)

    @property
    def digest(self) -> Digest:
        """The digest of the stored bytes."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """The number of stored bytes."""
        return self.descriptor.size

    @property
    def media_type(self) -> str:
        return self.descriptor.media_type

    @cached_property
    def source(self) -> str | None:
        """Identifies the unverified bytes, as of the first call; None if their digest was verified when they were stored.

        Cached: opening the blob for it takes as long as a lookup in a small layer, and it is needed often.
        """
        return self.current_source()

    def current_source(self) -> str | None:
        """The same for now: another one if the file has changed since."""
        with self.blobs.open(self.descriptor) as raw:
            return cast("str | None", getattr(raw, "source", None))

    @property
    def is_remote(self) -> bool:
        """Whether the bytes are on another machine; once `open` has been read through they are here."""
        return isinstance(self.blobs, RemoteBlobs) and self.blobs.is_remote(self.descriptor)

    @property
    def is_recorded(self) -> bool:
        """Whether a catalog has its table alone: it has no digest but the DiffID, and its files cannot be read."""
        return isinstance(self.blobs, RecordedBlobs)

    @property
    def contents(self) -> Any:
        """The table of contents that the layer carries, a `LayerToc` of `core/layers/toc`; None where it has none."""
        return self.blobs.contents(self.descriptor) if isinstance(self.blobs, RemoteBlobs) else None

    def open(self) -> BinaryIO:
        """Open the stored bytes, to be read in sequence: at the end size and digest are verified. Raises Damaged."""
        raw = self.blobs.open(self.descriptor)
        if getattr(raw, "digest", None) == self.digest:  # it verifies itself
            return raw
        return cast("BinaryIO", VerifyingReader(raw, self.digest, self.size))

    def open_at(self) -> BinaryIO:
        """Open the stored bytes, seekable, without verification. Raises Damaged."""
        return self.blobs.open(self.descriptor)


@dataclass(frozen=True)
class Image:
    """A container image: its manifest, its config, its layers, and its names."""

    descriptor: Descriptor
    manifest: Manifest
    config: ImageConfig
    config_bytes: bytes = field(repr=False)
    blobs: BlobSource = field(compare=False, repr=False)
    names: tuple[Reference, ...] = ()
    manifest_is_made: bool = field(default=False, compare=False)
    """Whether the manifest was put together so that the image can be read: where it is kept there is none, or another one."""
    stated_digests: tuple[str, ...] | None = field(default=None, compare=False)
    """`NAME@DIGEST` by which registries have it, as its engine says; None where the engine says nothing of the kind."""

    @property
    def id(self) -> Digest:
        """The image ID: the digest of the config as written."""
        return self.manifest.config.digest

    @property
    def digest(self) -> Digest:
        return self.descriptor.digest

    @property
    def repo_digests(self) -> tuple[str, ...]:
        """What `docker inspect` calls so: as its engine says it, else its names with the digest of its manifest."""
        if self.stated_digests is not None:
            return self.stated_digests
        names = () if self.manifest_is_made else self.names
        return tuple(dict.fromkeys(f"{name.name}@{self.digest}" for name in names))

    @property
    def platform(self) -> Platform:
        return self.config.platform

    @property
    def diff_ids(self) -> tuple[DiffID, ...]:
        """The layers' DiffIDs, bottom first."""
        return self.config.rootfs.diff_ids

    @cached_property
    def chain_ids(self) -> tuple[ChainID, ...]:
        """The layers' ChainIDs, bottom first."""
        return self.config.rootfs.chain_ids

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, bottom first."""
        parts = zip(self.manifest.layers, self.diff_ids, self.chain_ids, strict=True)
        return tuple(
            Layer(descriptor, diff_id, chain_id, number, self.blobs)
            for number, (descriptor, diff_id, chain_id) in enumerate(parts, 1)
        )

    @property
    def stored_size(self) -> int:
        """Bytes of its blobs: layers as stored, config and manifest; a blob that is used twice counts once."""
        blobs = (self.descriptor, self.manifest.config, *self.manifest.layers)
        return sum({blob.digest: blob.size for blob in blobs}.values())

    def named(self, *names: Reference) -> "Image":
        """The same image with these names."""
        return replace(self, names=names)


def read_image(
    blobs: BlobSource,
    descriptor: Descriptor,
    names: tuple[Reference, ...] = (),
    documents: DocumentBudget | None = None,
) -> Image:
    """Read the image of a manifest's descriptor; verifies sizes, digests and the number of layers.

    Raises NotAnImage, Damaged, LimitExceeded.
    """
    manifest_bytes = read_blob(blobs, descriptor, tr("the manifest"), documents)
    return make_image(blobs, descriptor, manifest_bytes, names, documents)


def make_image(
    blobs: BlobSource,
    descriptor: Descriptor,
    manifest_bytes: bytes,
    names: tuple[Reference, ...] = (),
    documents: DocumentBudget | None = None,
) -> Image:
    """An Image of a verified manifest."""
    return image_of(blobs, descriptor, Manifest.from_bytes(manifest_bytes), names, documents)


def image_of(
    blobs: BlobSource,
    descriptor: Descriptor,
    manifest: Manifest,
    names: tuple[Reference, ...] = (),
    documents: DocumentBudget | None = None,
) -> Image:
    """The same for a parsed manifest; its config is read. Raises NotAnImage, Damaged."""
    check_layers(manifest.config.digest, len(manifest.layers))
    config_bytes = read_blob(blobs, manifest.config, tr("the image config"), documents)
    config = ImageConfig.from_bytes(config_bytes)
    stored, listed = len(manifest.layers), len(config.rootfs.diff_ids)
    if stored != listed:
        raise Damaged(
            tr(
                "image {short} has {stored:,} layers, but its config lists {listed:,} DiffIDs",
                short=manifest.config.digest.short,
                stored=stored,
                listed=listed,
            )
        )
    return Image(descriptor, manifest, config, config_bytes, blobs, names)


def check_layers(image_id: Digest, count: int) -> None:
    """Raise LimitExceeded for more layers than `Bounds` allows: each is compared with all others."""
    check("layers", count, tr("image {short} has {count:,} layers", short=image_id.short, count=count))


def read_blob(blobs: BlobSource, descriptor: Descriptor, what: str, documents: DocumentBudget | None = None) -> bytes:
    """Read a small blob, verified. Raises LimitExceeded if it is large, DigestMismatch, Truncated."""
    # The size is untrusted: nothing of that size is allocated before it is known to be small.
    check(
        "json",
        descriptor.size,
        tr("{what} {digest} is {size:,} bytes long", what=what, digest=descriptor.digest, size=descriptor.size),
    )
    with VerifyingReader(blobs.open(descriptor), descriptor.digest, descriptor.size) as reader:
        content = reader.readall()
    if documents is not None:
        documents.add(content)
    return content
