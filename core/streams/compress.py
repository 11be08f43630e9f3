"""Sniff gzip, zstd, bzip2, xz or plain; open for one pass; write gzip or zstd.

What is cut off raises Truncated, what is wrong raises Damaged: never a short
read that looks like an end. Output is made in bounded pieces, whatever the
input promises, so a bomb costs time and not memory; and not much time
either, since `Bounds` says how much may come of how little.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, cast

from layertui.core.bounds import NO_BOMB, bounds, exceeded
from layertui.core.errors import Damaged, LimitExceeded, Truncated, UsageError
from layertui.core.streams.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from _typeshed import WriteableBuffer

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz"]

_CHUNK = 128 << 10
_HEAD = 6
_SKIPPABLE = b"\x2a\x4d\x18"
_MAGICS: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
# An xz stream names the memory that it wants; this is more than `xz -9` does.
_XZ_MEMORY = 256 << 20
# The level above is half as fast for a blob one part in seventy smaller.
_ISAL_LEVEL = 2


def sniff(head: bytes) -> Compression:
    """What the first six bytes say."""
    for magic, compression in _MAGICS:
        if head.startswith(magic):
            return compression
    if head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F:
        return "zstd"
    return "none"


def decompressed(raw: BinaryIO) -> BinaryIO:
    """A reader of what ``raw`` holds, uncompressed; ``raw`` itself if it is plain and can seek.

    Closing it closes ``raw``. ``read(n)`` gives ``n`` bytes unless the stream ends before.
    """
    if raw.seekable():
        start = raw.tell()
        head = raw.read(_HEAD)
        raw.seek(start)
    else:
        head = _read_fully(raw, _HEAD)
        raw = cast("BinaryIO", _Prefixed(head, raw))
    compression = sniff(head)
    if compression == "none":
        return raw
    if compression == "zstd":
        return cast("BinaryIO", _Zstd(raw))
    return cast("BinaryIO", _Inflating(raw, _DECOMPRESSORS[compression], compression))


@contextmanager
def compressor(out: BinaryIO, compression: str) -> Iterator[BinaryIO]:
    """A writer whose bytes reach ``out`` compressed by ``none``, ``gzip`` or ``zstd``.

    The same bytes give the same blob: no times, no names. Neither end closes ``out``.
    """
    if compression == "none":
        yield out
    elif compression == "gzip":
        gzip = _Deflating(out)
        yield cast("BinaryIO", gzip)
        gzip.finish()
    elif compression == "zstd":
        import zstandard

        compressing = zstandard.ZstdCompressor(level=3, write_checksum=True, threads=-1)
        writer = compressing.stream_writer(out, closefd=False)
        yield cast("BinaryIO", writer)
        writer.flush(zstandard.FLUSH_FRAME)
    else:
        raise UsageError(f"{compression!r} is no compression to write; use none, gzip or zstd")


class _Reader(Reader):
    """What all readers here share: full reads, on top of ``_some``."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self.name = str(getattr(raw, "name", "stream"))

    def _some(self, size: int) -> bytes:
        """At least one byte and at most ``size``; nothing at the end only."""
        raise NotImplementedError

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self._some(_CHUNK), b""))
        got = self._some(size) if size else b""
        if len(got) == size or not got:
            return got
        pieces, left = [got], size - len(got)
        while left and (got := self._some(left)):
            pieces.append(got)
            left -= len(got)
        return b"".join(pieces)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        got = self._some(len(view)) if len(view) else b""
        view[: len(got)] = got
        return len(got)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Yield:
    """How much has come of how much; LimitExceeded where that is more than is taken."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._most, self._ratio = bounds().unpacked, bounds().ratio
        self._next = NO_BOMB  # where the ratio is looked at again
        self.taken = self.given = 0

    def count(self, given: int) -> None:
        """So many bytes more are handed on."""
        self.given += given
        if self.given > self._most:
            raise exceeded("unpacked", f"{self._name}: unpacks to more than {self.given} bytes")
        if self.given > self._next:
            if self.given > self._ratio * self.taken:
                raise exceeded("ratio", f"{self._name}: {self.taken} bytes unpack to {self.given} and more")
            self._next += _CHUNK


class _Prefixed(_Reader):
    """A stream with the bytes put back that were read to sniff it."""

    def __init__(self, head: bytes, raw: BinaryIO) -> None:
        super().__init__(raw)
        self._head = head

    def _some(self, size: int) -> bytes:
        if self._head:
            got, self._head = self._head[:size], self._head[size:]
            return got
        return self._raw.read(size)


class _Decompressor(Protocol):
    """The shape that bz2, lzma and isal share."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, content: bytes, max_length: int = -1, /) -> bytes: ...


class _Inflating(_Reader):
    """One or many compressed streams after one another (gzip members, bzip2 and xz streams)."""

    def __init__(self, raw: BinaryIO, make: Callable[[], _Decompressor], word: str) -> None:
        super().__init__(raw)
        self._make = make
        self._decompressor: _Decompressor | None = make()
        self._word = word
        self._input = b""
        self._yield = _Yield(self.name)

    def _some(self, size: int) -> bytes:
        while (decompressor := self._decompressor) is not None:
            if decompressor.eof:
                self._next_stream(decompressor.unused_data)
                continue
            if decompressor.needs_input and not self._input:
                self._input = self._raw.read(_CHUNK)
                self._yield.taken += len(self._input)
                if not self._input:
                    raise Truncated(f"{self.name}: the {self._word} stream is cut off")
            content, self._input = self._input, b""
            try:
                got = decompressor.decompress(content, size)
            except Exception as error:
                # Each library has an error of its own, and none of them says where.
                raise self._complaint(error) from error
            if got:
                self._yield.count(len(got))
                return got
        return b""

    def _next_stream(self, unused: bytes) -> None:
        # Zeros may pad a stream: tapes and xz do so.
        rest = unused.lstrip(b"\0")
        while not rest:
            more = self._raw.read(_CHUNK)
            self._yield.taken += len(more)
            if not more:
                self._decompressor = None
                return
            rest = more.lstrip(b"\0")
        if len(rest) < _HEAD:
            rest += _read_fully(self._raw, _HEAD - len(rest))
        if sniff(rest[:_HEAD]) != self._word:
            raise Damaged(f"{self.name}: something that is no {self._word} follows the {self._word} stream")
        self._decompressor, self._input = self._make(), rest

    def _complaint(self, error: Exception) -> Exception:
        if "memory" in str(error).lower():
            return LimitExceeded(f"{self.name}: the {self._word} stream wants more memory than {_XZ_MEMORY >> 20} MiB")
        return Damaged(f"{self.name}: the {self._word} stream is damaged: {error}")


class _Zstd(_Reader):
    """One or many zstd frames after one another."""

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard

        super().__init__(raw)
        self._yield = _Yield(self.name)
        self._frames = _Frames(raw, self._yield)
        self._error: type[Exception] = zstandard.ZstdError
        self._stream = zstandard.ZstdDecompressor().stream_reader(
            cast("BinaryIO", self._frames), read_across_frames=True, closefd=False, read_size=_CHUNK
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

    def __init__(self, raw: BinaryIO, counted: _Yield) -> None:
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


_MAGIC_SIZE = 4


def _frames() -> Generator[int, bytes, None]:
    """Asks for ``n`` bytes by yielding n, passes over ``n`` by yielding -n; 4 is asked for between frames only."""
    while True:
        magic = yield _MAGIC_SIZE
        if magic[1:] == _SKIPPABLE:
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


class _Deflating:
    """A gzip writer without name and time."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._deflate = _gzip_compressor()

    def write(self, content: bytes | memoryview) -> int:
        if made := self._deflate.compress(content):
            self._out.write(made)
        return len(content)

    def flush(self) -> None:
        self._out.flush()

    def finish(self) -> None:
        self._out.write(self._deflate.flush())


class _ZlibDecompressor:
    """zlib in the shape of the others, for machines that isal has no wheel for."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(31)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    @property
    def needs_input(self) -> bool:
        # A full output may leave more of it inside, though all input is taken.
        return not self._inflate.unconsumed_tail and not self._is_full

    def decompress(self, content: bytes, max_length: int = -1) -> bytes:
        got = self._inflate.decompress(self._inflate.unconsumed_tail + content, max(max_length, 0))
        self._is_full = len(got) == max_length
        return got


class _GzipCompressor(Protocol):
    def compress(self, content: bytes | memoryview, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _gzip_decompressor() -> _Decompressor:
    try:
        # Twice as fast as zlib; absent on machines it was not built for.
        from isal import igzip_lib
    except ImportError:
        return _ZlibDecompressor()
    return cast("_Decompressor", igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def _gzip_compressor() -> _GzipCompressor:
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    return cast("_GzipCompressor", isal_zlib.compressobj(_ISAL_LEVEL, isal_zlib.DEFLATED, 31))


def _bzip2_decompressor() -> _Decompressor:
    import bz2

    return bz2.BZ2Decompressor()


def _xz_decompressor() -> _Decompressor:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": _gzip_decompressor,
    "bzip2": _bzip2_decompressor,
    "xz": _xz_decompressor,
}


def _read_fully(raw: BinaryIO, size: int) -> bytes:
    content = b""
    while len(content) < size and (got := raw.read(size - len(content))):
        content += got
    return content
