"""Sniff gzip, zstd, bzip2, xz or plain; open for one pass; write gzip or zstd.

What is cut off raises Truncated, what is wrong raises Damaged: never a short
read that looks like an end. Output is made in bounded pieces, whatever the
input promises, so a bomb costs time and not memory; and not much time
either, since `Bounds` says how much may come of how little.
"""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, cast

from layertui.core.errors import Damaged, LimitExceeded, Truncated, UsageError
from layertui.core.streams.decompression import CHUNK, SKIPPABLE, Decompressing, Yield, read_fully

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz"]

_HEAD = 6
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
    if head[1:4] == SKIPPABLE and 0x50 <= head[0] <= 0x5F:
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
        head = read_fully(raw, _HEAD)
        raw = cast("BinaryIO", _Prefixed(head, raw))
    compression = sniff(head)
    if compression == "none":
        return raw
    if compression == "zstd":
        from layertui.core.streams.zstd import Zstd  # late: few layers are

        return cast("BinaryIO", Zstd(raw))
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
        raise UsageError(f"{compression!r} is an unknown compression; use none, gzip or zstd")


class _Prefixed(Decompressing):
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


class _Inflating(Decompressing):
    """One or many compressed streams after one another (gzip members, bzip2 and xz streams)."""

    def __init__(self, raw: BinaryIO, make: Callable[[], _Decompressor], word: str) -> None:
        super().__init__(raw)
        self._make = make
        self._decompressor: _Decompressor | None = make()
        self._word = word
        self._input = b""
        self._yield = Yield(self.name)

    def _some(self, size: int) -> bytes:
        while (decompressor := self._decompressor) is not None:
            if decompressor.eof:
                self._next_stream(decompressor.unused_data)
                continue
            if decompressor.needs_input and not self._input:
                self._input = self._raw.read(CHUNK)
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
            more = self._raw.read(CHUNK)
            self._yield.taken += len(more)
            if not more:
                self._decompressor = None
                return
            rest = more.lstrip(b"\0")
        if len(rest) < _HEAD:
            rest += read_fully(self._raw, _HEAD - len(rest))
        if sniff(rest[:_HEAD]) != self._word:
            raise Damaged(f"{self.name}: something that is no {self._word} follows the {self._word} stream")
        self._decompressor, self._input = self._make(), rest

    def _complaint(self, error: Exception) -> Exception:
        if "memory" in str(error).lower():
            return LimitExceeded(f"{self.name}: the {self._word} stream wants more memory than {_XZ_MEMORY >> 20} MiB")
        return Damaged(f"{self.name}: the {self._word} stream is damaged: {error}")


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
