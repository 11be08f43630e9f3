"""Content-addressed files: written under a temporary name, verified, renamed to their digest, then never changed.

    received = blobs.receive_layer(stream, progress, title)   a temporary file, hashed while it was written
    blobs.keep_all([received])                                renamed to its digest
    blobs.ingest(stream, progress, expect)                    both, for any kind of blob

The bytes that are hashed are the bytes that are written: digest and DiffID are computed in one pass.
"""

import io
import os
from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import (
    Damaged,
    DigestMismatch,
    LayertuiError,
    LimitExceeded,
    NotAnImage,
    Truncated,
    UnsafePath,
    as_storage_error,
    storage_error,
)
from layertui.core.fs.atomic import fsync_dir, make_folder
from layertui.core.fs.file_window import window_of, without_waiting
from layertui.core.fs.reader import PrefixedReader, read_fully, read_to_end
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, Sum
from layertui.core.oci.media_types import layer_media_type
from layertui.core.ownership import names_in
from layertui.core.progress import Progress
from layertui.core.store.tee_reader import TeeReader, copy_hashed
from layertui.core.store.temporary_blob import TemporaryBlob
from layertui.core.store_paths import StorePaths
from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.digest_reader import HashingReader

if TYPE_CHECKING:
    from layertui.core.layers.table.layer_table import LayerTable

_HEAD = 512


@dataclass(frozen=True, slots=True)
class ReceivedBlob:
    """A blob that is written and hashed, but has no name yet; `diff_id` if it was received as a layer."""

    path: Path
    descriptor: Descriptor
    diff_id: DiffID | None = None
    as_it_came: bool = True
    """False for a layer that was decompressed, because OCI has no media type for its compression."""
    table: "LayerTable | None" = field(default=None, compare=False, repr=False)
    """Its table, if it was received as a layer."""


class Blobs:
    """The blobs of one store. As a BlobSource its bytes count as verified: every blob is verified before it gets its name."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the store's; blobs are in `blobs/`, those being received in `tmp/`."""
        self.folder = StorePaths(folder).blobs
        self._folder = os.fspath(self.folder)  # as text: no Path is made for each of thousands
        self.temporary = StorePaths(folder).temporary
        # The DiffIDs of compressed blobs, as far as this process has verified them.
        self.proven: set[tuple[Digest, DiffID]] = set()

    def path(self, digest: Digest) -> Path:
        """The path of a blob, whether it exists or not."""
        return Path(self._path(digest))

    def _path(self, digest: Digest) -> str:
        return f"{self._folder}/{digest.replace(':', '/', 1)}"

    def size(self, digest: Digest) -> int | None:
        """The size of a blob in bytes; None if it is missing."""
        try:
            return os.stat(self._path(digest)).st_size
        except OSError:
            return None

    def has(self, digest: Digest) -> bool:
        """Whether the blob exists."""
        return self.size(digest) is not None

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob. Raises Damaged, naming it, if it is missing or of another size."""
        path = self._path(descriptor.digest)
        try:
            raw = open(path, "rb", buffering=0, opener=without_waiting)
        except FileNotFoundError:
            raise Damaged(tr("the store has no blob {digest}; see `layertui fsck`", digest=descriptor.digest)) from None
        except OSError as error:
            raise storage_error(error, path) from error
        size = os.fstat(raw.fileno()).st_size  # 0 for a pipe or a device
        if size != descriptor.size:
            raw.close()
            raise Damaged(
                tr(
                    "blob {digest} of the store is {size:,} bytes long and not {size2:,}; see `layertui fsck`",
                    digest=descriptor.digest,
                    size=size,
                    size2=descriptor.size,
                )
            )
        return cast("BinaryIO", raw)

    def listed(self, but: Container[str] = ()) -> Iterable[tuple[Digest, int]]:
        """Every blob with its size, except those in `but`."""
        for algorithm in sorted(_names(self.folder)):
            yield from _sizes(self.folder, algorithm, but)

    def delete(self, digest: Digest) -> None:
        """Delete a blob; a missing one is no error. Raises StorageError."""
        with as_storage_error(self.path(digest)), suppress(FileNotFoundError):
            self.path(digest).unlink()

    def ingest_layer(self, stream: BinaryIO, progress: Progress) -> tuple[Descriptor, DiffID]:
        """Add a layer tar from outside: gzip and zstd unchanged, bzip2 and xz decompressed. Raises as `receive_layer` does."""
        received = self.receive_layer(stream, progress, _title(stream))
        self.keep_all([received])
        assert received.diff_id is not None
        return received.descriptor, received.diff_id

    def receive(self, stream: BinaryIO, progress: Progress, expect: Descriptor | None = None) -> ReceivedBlob:
        """Write a blob to a temporary file, and hash it.

        With `expect`, raises DigestMismatch or Truncated if it differs. Raises StorageError, Cancelled.
        """
        media_type = "application/octet-stream" if expect is None else expect.media_type
        with TemporaryBlob(self.temporary) as (path, out):
            total = copy_hashed(b"", stream, out, progress, "sha256" if expect is None else expect.digest.algorithm)
            descriptor = Descriptor(media_type, total.digest(), total.size)
            if expect is not None:
                require_digest(expect, descriptor, "a blob")
                descriptor = expect
            return ReceivedBlob(path, descriptor)

    def receive_layer(
        self, stream: BinaryIO, progress: Progress, title: str, temporary: TemporaryBlob | None = None
    ) -> ReceivedBlob:
        """Write a layer to a temporary file; its digest, its DiffID and its table are made in the same pass.

        Raises NotAnImage for what is not a tar, Damaged, Truncated, UnsafePath or LimitExceeded for one whose files could not
        be listed later: nothing of it is kept; StorageError, Cancelled. `title` is the user's name for it. `temporary` is the
        file of a download; by default a new file is made.
        """
        head = read_fully(stream.read, _HEAD)
        compression = sniff(head)
        again = cast("BinaryIO", PrefixedReader(head, stream, closes=False))
        as_it_came = compression in ("none", "gzip", "zstd")
        with temporary or TemporaryBlob(self.temporary) as (path, out):
            if compression == "none":
                _check_head(head, title)
                stored = uncompressed = copy_hashed(head, stream, out, progress)
                table = _table_of(path, title)
            elif as_it_came:
                tee = TeeReader(again, out, progress)
                reader = HashingReader(decompressed(cast("BinaryIO", tee)))
                begin = read_fully(reader.read, _HEAD)
                _check_head(begin, title)
                table = _read_table(
                    cast("BinaryIO", PrefixedReader(begin, cast("BinaryIO", reader), closes=False)), title
                )
                read_to_end(cast("BinaryIO", reader))
                read_to_end(cast("BinaryIO", tee))  # what follows the compressed stream is part of the blob
                stored, uncompressed = tee.sum, reader.sum
            else:
                if temporary is not None:
                    temporary.hold_other_bytes()
                stored = uncompressed = copy_hashed(b"", decompressed(again), out, progress)
                compression = "none"
                table = _table_of(path, title)
            diff_id = DiffID(uncompressed.digest())
            descriptor = Descriptor(layer_media_type(compression), stored.digest(), stored.size)
        self.proven.add((descriptor.digest, diff_id))
        return ReceivedBlob(path, descriptor, diff_id, as_it_came, table)

    def diff_id(self, descriptor: Descriptor, progress: Progress) -> DiffID:
        """The digest of a blob's decompressed content. Raises Damaged, Truncated, LimitExceeded."""
        total = Sum()
        with decompressed(self.open(descriptor)) as plain:
            while chunk := plain.read(1 << 20):
                total.update(chunk)
                progress.advance(len(chunk))
        diff_id = DiffID(total.digest())
        self.proven.add((descriptor.digest, diff_id))
        return diff_id

    def keep_all(self, received: Iterable[ReceivedBlob]) -> None:
        """Rename received blobs to their digests, and sync the names; their content is synced already. Raises StorageError."""
        folders = set()
        for one in received:
            target = self.path(one.descriptor.digest)
            with as_storage_error(target):
                make_folder(target.parent, 0o755)
                os.replace(one.path, target)
            folders.add(target.parent)
        for folder in folders:
            fsync_dir(folder)

    def drop_all(self, received: Iterable[ReceivedBlob]) -> None:
        """Delete received blobs that were not kept."""
        for one in received:
            with suppress(OSError):
                one.path.unlink()


def require_digest(expected: Descriptor, found: Descriptor, what: str) -> None:
    """Raise DigestMismatch or Truncated for a blob that differs from its descriptor."""
    if found.size < expected.size:
        raise Truncated(
            tr(
                "{what} ends after {size:,} of {size2:,} bytes: blob {digest}",
                what=what,
                size=found.size,
                size2=expected.size,
                digest=expected.digest,
            )
        )
    if found.size > expected.size:
        raise DigestMismatch(
            tr(
                "{what} is {size:,} bytes long and not {size2:,}: blob {digest}",
                what=what,
                size=found.size,
                size2=expected.size,
                digest=expected.digest,
            )
        )
    if found.digest != expected.digest:
        raise DigestMismatch(
            tr(
                "{what} has the digest {digest} and not {digest2}; it is damaged",
                what=what,
                digest=found.digest,
                digest2=expected.digest,
            )
        )


def _table_of(path: Path, name: str) -> "LayerTable":
    with window_of(path) as whole:
        whole.name = name
        _check_head(whole.read(_HEAD), name)
        whole.seek(0)
        return _read_table(cast("BinaryIO", whole), name)


def _check_head(head: bytes, name: str) -> None:
    """Raise NotAnImage for what does not begin as a tar, before all of it is written: it may have no end."""
    from layertui.core.streams.tar.tar_contents import walk  # late: only for layers that are received

    start = cast("BinaryIO", io.BytesIO(head))
    try:
        next(walk(start), None)
    except Truncated:
        pass
    except Damaged as error:
        raise NotAnImage(tr("{name} is not a tar: {reason}", name=name, reason=_reason(error, start))) from error


def _title(stream: BinaryIO) -> str:
    # The name of a stream opened by its descriptor is a number.
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) and name != "<stdin>" else tr("the input")


def _read_table(plain: BinaryIO, name: str) -> "LayerTable":
    """Read the table of an uncompressed layer; errors name `name`."""
    from layertui.core.layers.table.layer_tar import read_table  # late: a list of images needs no numpy

    try:
        return read_table(plain)
    except Truncated as error:
        raise Truncated(tr("{name} is cut off: {reason}", name=name, reason=_reason(error, plain))) from error
    except (Damaged, UnsafePath, LimitExceeded) as error:
        raise type(error)(f"{name}: {_reason(error, plain)}") from error


def _reason(error: LayertuiError, plain: BinaryIO) -> str:
    """The message without the name in front, which is that of a temporary file."""
    return str(error).removeprefix(f"{getattr(plain, 'name', '')}: ")


def _sizes(blobs: Path, algorithm: str, but: Container[str]) -> Iterable[tuple[Digest, int]]:
    try:
        folder = os.open(blobs / algorithm, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        for name in sorted(os.listdir(folder)):
            try:
                if (text := f"{algorithm}:{name}") not in but:
                    # Relative to the open folder, so that the path is not resolved for each of thousands.
                    yield Digest(text), os.stat(name, dir_fd=folder).st_size
            except (Damaged, OSError):
                continue
    finally:
        os.close(folder)


def _names(folder: Path) -> list[str]:
    try:
        return names_in(folder)
    except OSError:
        return []
