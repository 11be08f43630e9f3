"""An image and its layers: the content of manifest and config, and where the bytes of layers are read from.

Manifest and config are verified when an image is opened. The bytes of layers stay where they are, and are verified
while they are read.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import BinaryIO, Protocol, cast, runtime_checkable

from layertui.core.bounds import check
from layertui.core.errors import Damaged
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import ChainID, DiffID, Digest
from layertui.core.oci.image_config import ImageConfig
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.reference import Reference
from layertui.core.streams.digest_reader import VerifyingReader


class BlobSource(Protocol):
    """A place that has blobs: an archive, a store, a registry."""

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open the blob's bytes as stored, seekable, unverified. Damaged, naming the digest, where it is not there.

        Where the bytes are not known to be what the digest says, the reader has a `source`: a text that is another one
        whenever the bytes could be others.
        """
        ...


@runtime_checkable
class RemoteBlobs(Protocol):
    """What a BlobSource offers besides, where its blobs are on another machine.

    A reader of such a blob verifies what is read through: it has the blob's `digest`. After that the blob is here.
    """

    def is_remote(self, descriptor: Descriptor) -> bool:
        """Whether the blob is not here yet. Asks nobody."""
        ...


class DocumentBudget:
    """How much JSON an archive has had us read. It may lead to the same document any number of times, and that counts each time."""

    _VALUE = 100  # bytes of memory: of a value in a list or an object, beside its text

    def __init__(self, name: str) -> None:
        self._name = name
        self._read = 0

    def add(self, content: bytes) -> None:
        """LimitExceeded where it is more than one archive may."""
        self._read += len(content) + self._VALUE * content.count(b",")
        check("documents", self._read, f"{self._name} has too much JSON, or leads to the same too often")


@dataclass(frozen=True)
class Layer:
    """One layer of an image, under its three identities."""

    descriptor: Descriptor
    diff_id: DiffID
    chain_id: ChainID
    number: int
    """1 is the bottom."""
    blobs: BlobSource = field(compare=False, repr=False)

    @property
    def digest(self) -> Digest:
        """The digest of the bytes as stored."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """The number of bytes as stored."""
        return self.descriptor.size

    @property
    def media_type(self) -> str:
        """What the manifest says of the bytes."""
        return self.descriptor.media_type

    @cached_property
    def source(self) -> str | None:
        """Where bytes lie whose digest is not verified yet, as of the first call; None where that was done as they were stored.

        Opening the blob for it costs as much as looking a small layer up, and it is asked for again and again.
        """
        return self.current_source()

    def current_source(self) -> str | None:
        """The same as of now: another one where the file was changed in between."""
        with self.blobs.open(self.descriptor) as raw:
            return cast("str | None", getattr(raw, "source", None))

    @property
    def is_remote(self) -> bool:
        """Whether the bytes are on another machine; once `open` has been read through they are here."""
        return isinstance(self.blobs, RemoteBlobs) and self.blobs.is_remote(self.descriptor)

    def open(self) -> BinaryIO:
        """Open the stored bytes, to be read through once: the end proves size and digest."""
        raw = self.blobs.open(self.descriptor)
        if getattr(raw, "digest", None) == self.digest:  # it verifies itself
            return raw
        return cast("BinaryIO", VerifyingReader(raw, self.digest, self.size))

    def open_at(self) -> BinaryIO:
        """Open the stored bytes to jump about in them, which proves nothing."""
        return self.blobs.open(self.descriptor)


@dataclass(frozen=True)
class Image:
    """A container image: its manifest, its config, its layers, and the names it goes by."""

    descriptor: Descriptor
    manifest: Manifest
    config: ImageConfig
    config_bytes: bytes = field(repr=False)
    blobs: BlobSource = field(compare=False, repr=False)
    names: tuple[Reference, ...] = ()

    @property
    def id(self) -> Digest:
        """The image ID: the digest of the config as written."""
        return self.manifest.config.digest

    @property
    def digest(self) -> Digest:
        """The digest of the manifest."""
        return self.descriptor.digest

    @property
    def platform(self) -> Platform:
        """What the image runs on, as its config says."""
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
        """What the blobs take: layers as stored, config and manifest; a blob used twice counts once."""
        blobs = (self.descriptor, self.manifest.config, *self.manifest.layers)
        return sum({blob.digest: blob.size for blob in blobs}.values())

    def named(self, *names: Reference) -> "Image":
        """Give the same image under these names."""
        return replace(self, names=names)


def read_image(
    blobs: BlobSource,
    descriptor: Descriptor,
    names: tuple[Reference, ...] = (),
    documents: DocumentBudget | None = None,
) -> Image:
    """Read the image whose manifest the descriptor names; sizes, digests and the number of layers are checked."""
    manifest_bytes = read_blob(blobs, descriptor, "the manifest", documents)
    return make_image(blobs, descriptor, manifest_bytes, names, documents)


def make_image(
    blobs: BlobSource,
    descriptor: Descriptor,
    manifest_bytes: bytes,
    names: tuple[Reference, ...] = (),
    documents: DocumentBudget | None = None,
) -> Image:
    """Make an Image of a manifest that has been verified already."""
    return image_of(blobs, descriptor, Manifest.from_bytes(manifest_bytes), names, documents)


def image_of(
    blobs: BlobSource,
    descriptor: Descriptor,
    manifest: Manifest,
    names: tuple[Reference, ...] = (),
    documents: DocumentBudget | None = None,
) -> Image:
    """The same of one that has been parsed, too; its config is read."""
    check_layers(manifest.config.digest, len(manifest.layers))
    config_bytes = read_blob(blobs, manifest.config, "the image config", documents)
    config = ImageConfig.from_bytes(config_bytes)
    stored, listed = len(manifest.layers), len(config.rootfs.diff_ids)
    if stored != listed:
        raise Damaged(
            f"image {manifest.config.digest.short} has {stored} layers, but its config lists {listed} DiffIDs"
        )
    return Image(descriptor, manifest, config, config_bytes, blobs, names)


def check_layers(image_id: Digest, count: int) -> None:
    """LimitExceeded where an image has more layers than anybody takes: each of them is looked at beside all others."""
    check("layers", count, f"image {image_id.short} has {count} layers")


def read_blob(blobs: BlobSource, descriptor: Descriptor, what: str, documents: DocumentBudget | None = None) -> bytes:
    """Read a small blob whole, verified. LimitExceeded where it is no small one."""
    # The size comes from a stranger: nothing of that size is allocated before it is known to be small.
    check("json", descriptor.size, f"{what} {descriptor.digest} is {descriptor.size} bytes long")
    with VerifyingReader(blobs.open(descriptor), descriptor.digest, descriptor.size) as reader:
        content = reader.readall()
    if documents is not None:
        documents.add(content)
    return content
