"""Streams that hash what passes through them: a reader, a writer, and a reader that fails if digest or size is wrong.

Verification is part of the reader: a caller who has read to the end has verified bytes.
Closing early verifies nothing.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import DigestMismatch, Truncated
from layertui.core.fs.reader import Reader
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest, Sum

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_CHUNK = 1 << 20


class HashingReader(Reader):
    """Reads from ``raw``, and closes it; ``sum`` is of all bytes read so far."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self.sum = Sum()
        self.name = str(getattr(raw, "name", "stream"))

    def read(self, size: int | None = -1) -> bytes:
        got = self._raw.read(-1 if size is None else size)
        self.sum.update(got)
        return got

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        count: int = self._raw.readinto(view)  # type: ignore[attr-defined]
        self.sum.update(view[:count])
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class HashingWriter(io.RawIOBase):
    """Writes to ``out``, and does not close it; ``sum`` is of all bytes written so far."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__()
        self._out = out
        self.sum = Sum()

    def writable(self) -> bool:
        return True

    def write(self, content: ReadableBuffer) -> int:
        view = memoryview(content)
        self.sum.update(view)
        return self._out.write(view)


class VerifyingReader(Reader):
    """Reads from ``raw``; returns the last byte only if the digest is right, and the size if one is given."""

    def __init__(self, raw: BinaryIO, digest: Digest, size: int | None = None) -> None:
        super().__init__()
        self._raw = raw
        self._sum = Sum(digest.algorithm)
        self._verified = False
        self.digest = digest
        self.size = size
        self.name = str(getattr(raw, "name", digest))

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self.readall()
        got = self._raw.read(size)
        self._took(got, size)
        return got

    def readall(self) -> bytes:
        pieces = []
        # One byte more than expected shows that a blob is too long, without
        # reading all of it into memory.
        while got := self._raw.read(_CHUNK if self.size is None else min(_CHUNK, self.size + 1 - self._sum.size)):
            self._took(got, len(got))
            pieces.append(got)
        self._took(b"", 1)
        return b"".join(pieces)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        count = self._raw.readinto(view) if hasattr(self._raw, "readinto") else None
        if count is None:
            got = self._raw.read(len(view))
            count = len(got)
            view[:count] = got
        self._took(view[:count], len(view))
        return count

    def tell(self) -> int:
        return self._sum.size

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()

    def _took(self, got: bytes | memoryview, wanted: int) -> None:
        self._sum.update(got)
        count = self._sum.size
        if self.size is not None:
            if count > self.size:
                raise DigestMismatch(
                    tr(
                        "{title}: longer than the {size:,} bytes that its descriptor says",
                        title=self._title,
                        size=self.size,
                    )
                )
            if count < self.size:
                if not got and wanted:
                    raise Truncated(
                        tr(
                            "{title}: ends after {count:,} of {size:,} bytes",
                            title=self._title,
                            count=count,
                            size=self.size,
                        )
                    )
                return
        elif got or not wanted:
            return
        if not self._verified:
            self._verify()

    def _verify(self) -> None:
        found = self._sum.digest()
        if found != self.digest:
            raise DigestMismatch(tr("{title}: the content's digest is {found}", title=self._title, found=found))
        self._verified = True

    @property
    def _title(self) -> str:
        return (
            tr("blob {digest}", digest=self.digest)
            if self.name == self.digest
            else tr("{name}: blob {digest}", name=self.name, digest=self.digest)
        )
