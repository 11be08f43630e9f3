"""Images, ImageSink and more: where an engine's images are read from, and where new ones are written to.

Each docstring is the contract of its method for every engine: the errors it raises (of `core/errors.py`), whether it is atomic,
and what is left behind when it fails. `tests/contracts/test_images.py` checks them. All of it is blocking code; where bytes are
read or written, `progress.advance(n)` is called, which raises Cancelled once the user has stopped the work.

Besides what is named, any method raises Unreachable where the engine is a daemon or a registry that does not answer, Unauthorized
where a registry refuses, and StorageError for a file of this machine that cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.repository_sizes import RepositorySizes
    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.engines.image_values import ImageSummary, Pulled, Put, RecordedFiles, Removed
    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Descriptor, Platform
    from layertui.core.oci.digest import Digest
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress


class Images(Protocol):
    """Images that can be read. Nothing here changes the engine."""

    def list(self) -> Sequence[ImageSummary]:
        """Every image that can be read, untagged ones too, in no particular order.

        No layer is read. An image that cannot be read is left out and raises no error; StorageError where the list itself cannot
        be read.
        """

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        """How many images `list` left out because they cannot be read; `listed` is its answer. 0 where the engine cannot tell."""

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        """The image of a reference, of an ID, or of the unique prefix of an ID with at least 4 hex digits.

        Layers are opened when they are read, not here. The bytes may be handed on as they come: Image checks them against their
        digests. Raises UsageError for a text that is neither a reference nor an ID, NotFound where no such image is there or it
        is for another `platform`, Ambiguous where several IDs begin so, Damaged where it is there and cannot be read.
        """


@runtime_checkable
class StepLookup(Protocol):
    """What Images offers besides, where its list has no DiffIDs and an image may have to be streamed to be opened: ask with `isinstance`."""

    def diff_ids(self, image: ImageSummary) -> tuple[str, ...]:
        """The DiffIDs of a listed image, bottom first. Raises NotFound where it is no longer there."""

    def commands(self, image: ImageSummary) -> tuple[str, ...]:
        """The command of each step of its history, the oldest first, as recorded. Raises NotFound."""


@runtime_checkable
class StepImages(Protocol):
    """What Images offers besides, where an image may have been left of each step, as docker's classic builder does: ask with `isinstance`."""

    def step_ids(self, image_id: Digest) -> tuple[Digest | None, ...]:
        """The engine's own ID of the image as of each step of an image's history, the oldest first; None where it has none.

        Makes one request where the engine knows the image by this ID. Raises NotFound, Ambiguous, Unreachable.
        """


@runtime_checkable
class RecordedSearch(Protocol):
    """What Images offers besides, where files of all its images can be found without one of them being opened: ask with `isinstance`."""

    def find(self, query: FileQuery, progress: Progress) -> Iterator[RecordedFiles]:
        """The files that fit, by image. Raises UsageError for a condition on what is not recorded, such as contents."""


@runtime_checkable
class SizesByRepository(Protocol):
    """What Images offers besides, where the bytes of all its layers are known without one of them being read: ask with `isinstance`."""

    def repository_sizes(self, progress: Progress) -> RepositorySizes:
        """The bytes of all layers, by repository; each layer once."""


class ImageSink(Protocol):
    """Images written to the engine. Each method is atomic: after an error the engine has the names and images it had before."""

    def put(
        self, image: Image, names: Sequence[Reference], progress: Progress, *, clobber: bool = True, event: str = "load"
    ) -> Put:
        """Store the image under these names; without any it can be found by its ID.

        Idempotent: an image that is there already only gets the names that it lacks. A name of another image is moved, or
        raises Conflict where `clobber` is false. `event` is the action that the event log shows. After an error, blobs that no image uses may be
        left; the engine's own upkeep removes them. Raises Damaged where a layer does not have its digest, StorageError; UsageError where
        an engine cannot store an image without a name.
        """

    def tag(self, name: str, new: Reference) -> None:
        """Give one more name to the image that `Images.open` finds by `name`; where another image has that name, it is moved.

        Idempotent. Raises NotFound and Ambiguous.
        """

    def remove(self, name: str, *, force: bool = False) -> Removed:
        """Remove one name of an image, and with its last name the image; by ID, the image with all its names.

        Raises NotFound; Conflict, unless `force` is true, where a container uses the image or an ID has several names. Blobs that
        other images use are kept.
        """


@runtime_checkable
class Untagging(Protocol):
    """What an ImageSink offers besides, where an image can lose its last name and stay: ask with `isinstance`."""

    def untag(self, name: Reference) -> None:
        """Remove a name; the image stays, also without any. Atomic. Raises NotFound where no image has it."""


@runtime_checkable
class TarImport(Protocol):
    """What an ImageSink offers besides, where the engine can make an image of a plain tar: ask with `isinstance`."""

    def import_tar(
        self,
        tar: BinaryIO,
        names: Sequence[Reference],
        progress: Progress,
        *,
        message: str | None = None,
        changes: Sequence[str] = (),
        platform: Platform | None = None,
    ) -> Image:
        """Make an image whose only layer is this tar (plain or compressed), and store it under these names, as `put` does.

        `changes` are Dockerfile instructions applied to its config (`CMD`, `ENV` …); `message` is the comment of its history step.
        Raises UsageError for a change that cannot be read, before the tar is; NotAnImage for what is no tar; Unreachable.
        """


@runtime_checkable
class BlobLookup(Protocol):
    """What an ImageSink offers besides, where it can tell without effort which blobs it has: ask with `isinstance`."""

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether the blob is there, so that `put` would not read it."""


class RegistryTransfer(Protocol):
    """What an engine has that fetches images from registries, and sends them there, by itself: a daemon."""

    def pull(self, name: Reference, platform: Platform | None, progress: Progress) -> Pulled:
        """Fetch an image, which then has this name in the engine.

        Raises NotFound, Unauthorized, and LayertuiError for what else the engine or the registry says.
        """

    def push(self, name: Reference, progress: Progress) -> Digest | None:
        """Send the image that the engine has under this name; the digest of its manifest, None where the engine does not report it.

        Raises what `pull` raises.
        """
