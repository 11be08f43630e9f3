"""Detects gzip, zstd, bzip2, xz and uncompressed streams; reads them in one pass; writes gzip and zstd.

A truncated stream raises Truncated, a damaged one raises Damaged: a short read never looks like the end. Output is
produced in bounded pieces, whatever the input claims, so that a decompression bomb takes time and no memory. `Bounds`
limits the time as well, by the ratio of output to input.
"""

from __future__ import annotations

import os
import sys
import zlib
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, cast

from layertui.core.errors import Damaged, LimitExceeded, Truncated, UsageError
from layertui.core.fs.reader import PrefixedReader, read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.decompression import CHUNK, DecompressingReader, DecompressionBudget
from layertui.core.streams.file_magic import COMPRESSIONS, formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz"]

_HEAD = 6
_FIRST_STEP = 1 << 9
# What is read and decompressed at once: a thread that reads ahead changes to another one for each piece of output.
_INPUT = 1 << 19
# An xz stream states the memory that it needs; this is more than `xz -9` uses.
_XZ_MEMORY = 256 << 20
# The next level takes twice the time and saves one part in seventy.
_ISAL_LEVEL = 2


def sniff(head: bytes) -> Compression:
    """The compression that the first six bytes show."""
    return cast("Compression", next((magic.name for magic in formats(head, COMPRESSIONS)), "none"))


def decompressed(raw: BinaryIO) -> BinaryIO:
    """A reader of the uncompressed content of ``raw``; ``raw`` itself if it is uncompressed and seekable.

    Closing it closes ``raw``. ``read(n)`` returns ``n`` bytes unless the stream ends before. Raises Truncated, Damaged, LimitExceeded.
    """
    if raw.seekable():
        start = raw.tell()
        head = raw.read(_HEAD)
        raw.seek(start)
    else:
        head = read_fully(raw.read, _HEAD)
        raw = cast("BinaryIO", PrefixedReader(head, raw))
    compression = sniff(head)
    if compression == "none":
        return raw
    return cast("BinaryIO", _Inflating(raw, _DECOMPRESSORS[compression], compression))


def inflated(raw: BinaryIO) -> BinaryIO:
    """A reader of the content of ``raw``, which is one deflate stream without a header, as zip files have them.

    Closing it closes ``raw``. Raises as ``decompressed``.
    """
    return cast("BinaryIO", _Inflating(raw, lambda: _ZlibDecompressor(-zlib.MAX_WBITS), "deflate"))


@contextmanager
def compressor(out: BinaryIO, compression: str) -> Iterator[BinaryIO]:
    """A writer that compresses to ``out`` with ``none``, ``gzip`` or ``zstd``. Raises UsageError for any other.

    The same bytes give the same blob: no times, no names. ``out`` stays open.
    """
    if compression == "none":
        yield out
    elif compression == "gzip":
        gzip = _Deflating(out, _gzip_compressor())
        yield cast("BinaryIO", gzip)
        gzip.finish()
    elif compression == "zstd":
        zstd = _Deflating(out, _zstd_compressor())
        yield cast("BinaryIO", zstd)
        zstd.finish()
    else:
        raise UsageError(
            tr("{compression!r} is an unknown compression; use none, gzip or zstd", compression=compression)
        )


class _Decompressor(Protocol):
    """The interface of the decompressors of bz2, lzma and isal."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, content: bytes, max_length: int = -1, /) -> bytes: ...


class _Inflating(DecompressingReader):
    """One or several concatenated streams (gzip members, zstd frames, bzip2 and xz streams)."""

    def __init__(self, raw: BinaryIO, make: Callable[[], _Decompressor], word: str) -> None:
        super().__init__(raw)
        self._make = make
        self._decompressor: _Decompressor | None = make()
        self._word = word
        self._magics = tuple(magic.content for magic in COMPRESSIONS if magic.name == word)
        self._input, self._at = b"", 0  # what was read, and how much of it has been fed
        self._step = _FIRST_STEP
        self._yield = DecompressionBudget(self.name)

    def _some(self, size: int) -> bytes:
        while (decompressor := self._decompressor) is not None:
            if decompressor.eof:
                self._at -= len(decompressor.unused_data)
                self._next_stream()
                continue
            if decompressor.needs_input and self._at == len(self._input) and not self._more():
                raise Truncated(tr("{name}: the {word} stream is cut off", name=self.name, word=self._word))
            try:
                got = decompressor.decompress(self._feed() if decompressor.needs_input else b"", size)
            except Exception as error:
                # Each library has an error of its own, without the name of the stream.
                raise self._complaint(error) from error
            if got:
                self._yield.count(len(got))
                return got
        return b""

    def _more(self) -> bool:
        # The first piece is small: it is put together from several reads (PrefixedReader), and an error loses what they brought.
        self._input, self._at = self._raw.read(_INPUT if self._yield.taken else CHUNK), 0
        self._yield.taken += len(self._input)
        return bool(self._input)

    def _feed(self) -> bytes:
        """The next piece of input: small at first, as streams may be tiny and a library copies everything after their end."""
        piece = self._input[self._at : self._at + self._step]
        self._at += len(piece)
        self._step = min(2 * self._step, _INPUT)
        return piece

    def _next_stream(self) -> None:
        """Continue after the end of a stream: zeros, another stream, or nothing."""
        # Zeros may pad a stream: tapes and xz have them.
        while self._at == len(self._input) or not self._input[self._at]:
            if self._at == len(self._input):
                if not self._more():
                    self._decompressor = None
                    return
            else:
                rest = self._input[self._at :].lstrip(b"\0")
                self._at = len(self._input) - len(rest)
        if len(self._input) - self._at < _HEAD:
            more = read_fully(self._raw.read, _HEAD)
            self._yield.taken += len(more)
            self._input, self._at = self._input[self._at :] + more, 0
        head = self._input[self._at : self._at + _HEAD]
        if not head.startswith(self._magics):
            if any(magic.startswith(head) for magic in self._magics):
                raise Truncated(tr("{name}: the {word} stream is cut off", name=self.name, word=self._word))
            raise Damaged(
                tr("{name}: something that is no {word} follows the {word} stream", name=self.name, word=self._word)
            )
        self._decompressor, self._step = self._make(), _FIRST_STEP

    def _complaint(self, error: Exception) -> Exception:
        if "memory" in str(error).lower():
            most = tr("more memory than {xz_memory} MiB", xz_memory=_XZ_MEMORY >> 20)
            if self._word == "zstd":
                most = tr("a larger window than 128 MiB")
            return LimitExceeded(
                tr("{name}: the {word} stream wants {most}", name=self.name, word=self._word, most=most)
            )
        return Damaged(
            tr("{name}: the {word} stream is damaged: {error}", name=self.name, word=self._word, error=error)
        )


class _Deflating:
    """Compresses everything written to it, and writes the result to ``out``."""

    def __init__(self, out: BinaryIO, compressor: _Compressor) -> None:
        self._out = out
        self._deflate = compressor

    def write(self, content: bytes | memoryview) -> int:
        if made := self._deflate.compress(content):
            self._out.write(made)
        return len(content)

    def flush(self) -> None:
        self._out.flush()

    def finish(self) -> None:
        self._out.write(self._deflate.flush())


class _ZlibDecompressor:
    """zlib with the interface of the others: for deflate alone, and for gzip on machines without a wheel of isal."""

    def __init__(self, window_bits: int = 31) -> None:
        self._inflate = zlib.decompressobj(window_bits)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    @property
    def needs_input(self) -> bool:
        # If the output is full, more of it may be inside although all input is consumed.
        return not self._inflate.unconsumed_tail and not self._is_full

    def decompress(self, content: bytes, max_length: int = -1) -> bytes:
        got = self._inflate.decompress(self._inflate.unconsumed_tail + content, max(max_length, 0))
        self._is_full = len(got) == max_length
        return got


class _Compressor(Protocol):
    def compress(self, content: bytes | memoryview, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _gzip_decompressor() -> _Decompressor:
    try:
        # Twice as fast as zlib; there are no wheels for some machines.
        from isal import igzip_lib
    except ImportError:
        return _ZlibDecompressor()
    return cast("_Decompressor", igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def _gzip_compressor() -> _Compressor:
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    return cast("_Compressor", isal_zlib.compressobj(_ISAL_LEVEL, isal_zlib.DEFLATED, 31))


def _bzip2_decompressor() -> _Decompressor:
    import bz2

    return bz2.BZ2Decompressor()


def _zstd_decompressor() -> _Decompressor:
    # Its window is limited to 128 MiB by default.
    return cast("_Decompressor", _zstd().ZstdDecompressor())


def _zstd_compressor() -> _Compressor:
    zstd = _zstd()
    parameter = zstd.CompressionParameter
    workers = min(os.cpu_count() or 1, parameter.nb_workers.bounds()[1])  # 0 if the library was built without threads
    options = {parameter.compression_level: 3, parameter.checksum_flag: 1, parameter.nb_workers: workers}
    return cast("_Compressor", zstd.ZstdCompressor(options=options))


@cache
def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def _xz_decompressor() -> _Decompressor:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": _gzip_decompressor,
    "zstd": _zstd_decompressor,
    "bzip2": _bzip2_decompressor,
    "xz": _xz_decompressor,
}
