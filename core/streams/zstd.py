"""zstd streams read: frame after frame, and never a cut taken for an end."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Damaged, LimitExceeded, Truncated
from layertui.core.streams.decompression import CHUNK, SKIPPABLE, Decompressing, Yield

if TYPE_CHECKING:
    from collections.abc import Generator

    from _typeshed import WriteableBuffer

_MAGIC_SIZE = 4


class Zstd(Decompressing):
    """One or many zstd frames after one another."""

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard

        super().__init__(raw)
        self._yield = Yield(self.name)
        self._frames = _Frames(raw, self._yield)
        self._error: type[Exception] = zstandard.ZstdError
        self._stream = zstandard.ZstdDecompressor().stream_reader(
            cast("BinaryIO", self._frames), read_across_frames=True, closefd=False, read_size=CHUNK
        )

    def _some(self, size: int) -> bytes:
        try:
            got: bytes = self._stream.read(size)
        except self._error as error:
            raise self._complaint(error) from error
        self._count(len(got))
        return got

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not memoryview(buffer).nbytes:
            return 0
        try:
            count: int = self._stream.readinto(buffer)
        except self._error as error:
            raise self._complaint(error) from error
        self._count(count)
        return count

    def _count(self, count: int) -> None:
        self._yield.count(count)
        # The library takes a cut for an end.
        if not count and not self._frames.complete:
            raise Truncated(f"{self.name}: the zstd stream is cut off")

    def _complaint(self, error: Exception) -> Exception:
        if "memory" in str(error).lower():
            return LimitExceeded(f"{self.name}: the zstd stream wants a larger window than 128 MiB")
        return Damaged(f"{self.name}: the zstd stream is damaged: {error}")


class _Frames:
    """Follows frames and blocks as the bytes go by (RFC 8878, section 3), to know where one is complete."""

    def __init__(self, raw: BinaryIO, counted: Yield) -> None:
        self._raw, self._yield = raw, counted
        self._parser = _frames()
        self._wanted = next(self._parser)
        self._partial = b""
        self.complete = True

    def read(self, size: int) -> bytes:
        content = self._raw.read(size)
        self._yield.taken += len(content)
        if content:
            self._follow(content)
        return content

    def _follow(self, content: bytes) -> None:
        at, end = 0, len(content)
        while at < end:
            if self._wanted < 0:  # so many bytes to pass over
                step = min(-self._wanted, end - at)
                self._wanted += step
                at += step
                if self._wanted:
                    break
                self._wanted = self._parser.send(b"")
                continue
            taken = content[at : at + self._wanted - len(self._partial)]
            at += len(taken)
            self._partial += taken
            if len(self._partial) < self._wanted:
                break
            self._wanted, self._partial = self._parser.send(self._partial), b""
        # Between two frames the parser asks for a magic number; that
        # question is 4, and no part of it may have come.
        self.complete = self._wanted == _MAGIC_SIZE and not self._partial


def _frames() -> Generator[int, bytes, None]:
    """Asks for ``n`` bytes by yielding n, passes over ``n`` by yielding -n; 4 is asked for between frames only."""
    while True:
        magic = yield _MAGIC_SIZE
        if magic[1:] == SKIPPABLE:
            # Two halves, so that nobody takes this question for a magic number.
            (size,) = struct.unpack("<I", (yield 2) + (yield 2))
            if size:
                yield -size
            continue
        descriptor = (yield 1)[0]
        single = descriptor >> 5 & 1
        header = (0 if single else 1) + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
        yield -header
        last = 0
        while not last:
            block = int.from_bytes((yield 3), "little")
            last, kind, size = block & 1, block >> 1 & 3, block >> 3
            if kind == 1:  # one byte, repeated
                size = 1
            if size:
                yield -size
        if descriptor & 4:
            yield -4
