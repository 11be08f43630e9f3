"""LayerToc: the table of contents of one layer that is read by ranges: found, verified, and files read by it.

Its digest is in the manifest, as an annotation of the layer: without one, a table of contents is not believed.
"""

from __future__ import annotations

import io
import tempfile
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import bounds, check
from layertui.core.errors import Damaged, DigestMismatch, Truncated
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest, Sum
from layertui.core.streams.compress import decompressed
from layertui.core.streams.tar.tar_contents import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.layers.toc.toc_entries import TocEntries

    OpenRange = Callable[[int, int], BinaryIO]
    """Opens the bytes from an offset to another of the layer as it is stored, to be read forward."""

STARGZ_DIGEST = "containerd.io/snapshot/stargz/toc.digest"
CHUNKED = ("io.github.containers.zstd-chunked.manifest-", "io.containers.zstd-chunked.manifest-")
"""What the annotations of zstd:chunked begin with: today, and until 2022."""
_FOOTER = 51  # bytes: an empty gzip stream, whose extra field says where the table begins
_TAIL = 1 << 16  # bytes that are fetched with the footer: a small table is among them
_PIECE = 1 << 18
_IN_MEMORY = 8 << 20


class LayerToc:
    """The table of contents of one layer. Nothing is read before it is asked for; then by a few ranges."""

    def __init__(self, digest: Digest, position: tuple[int, int] | None, size: int, open_range: OpenRange) -> None:
        """`digest` is that of the table, of a `size` of the layer; `position` is where zstd:chunked has it, and how long it is."""
        self.digest = digest
        self._position, self._size, self._open_range = position, size, open_range

    @classmethod
    def of(cls, annotations: Mapping[str, str], size: int, open_range: OpenRange) -> LayerToc | None:
        """That of a layer with these annotations; None where it has none that can be verified."""
        try:
            for prefix in CHUNKED:
                if f"{prefix}checksum" in annotations and f"{prefix}position" in annotations:
                    start, length, _, kind = (int(word) for word in annotations[f"{prefix}position"].split(":"))
                    if kind != 1 or not 0 < start < start + length <= size:
                        return None
                    return cls(Digest(annotations[f"{prefix}checksum"]), (start, length), size, open_range)
            if STARGZ_DIGEST in annotations and size > _FOOTER:
                return cls(Digest(annotations[STARGZ_DIGEST]), None, size, open_range)
        except (ValueError, Damaged):
            pass
        return None

    def table(self) -> LayerTable:
        """The table of the layer. Raises Damaged, LimitExceeded, UnsafePath, and what reading a range raises."""
        content, entries = self._found
        return entries.table(len(content) if self._position is None else None)

    def open(self, key: bytes) -> BinaryIO | None:
        """The bytes of a file, verified, seekable; None where the table does not say where they are.

        Raises DigestMismatch where they are not there.
        """
        span = self._found[1].span(key)
        if span is None:
            return None
        check("unpacked", span.size, tr("a file of {size:,} bytes", size=span.size))
        found = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))
        total = Sum(span.digest.algorithm)
        with decompressed(self._open_range(span.start, span.end)) as stream:
            _pass_over(stream, span.skipped)
            while total.size < span.size and (piece := stream.read(min(_PIECE, span.size - total.size))):
                total.update(piece)
                found.write(piece)
        if total.size != span.size or total.digest() != span.digest:
            found.close()
            raise DigestMismatch(tr("a file of a layer is not what the layer's table of contents says"))
        found.seek(0)
        return found

    @cached_property
    def _found(self) -> tuple[bytes, TocEntries]:
        from layertui.core.layers.toc.toc_entries import TocEntries  # late: numpy is not needed to open an image

        if self._position is not None:
            start, length = self._position
            check("documents", length, tr("a layer's table of contents has {length} bytes", length=length))
            stored = self._range(start, start + length)
            self._verify(stored)
            return b"", TocEntries(_unpacked(stored), start)
        tail_start = max(0, self._size - _TAIL)
        tail = self._range(tail_start, self._size)
        start = _footer(tail[-_FOOTER:])
        end = self._size - _FOOTER
        if not 0 <= start < end:
            raise Damaged(tr("a layer's footer leads outside the layer"))
        check("documents", end - start, tr("a layer's table of contents has {end:,} bytes", end=end - start))
        stored = tail[start - tail_start : -_FOOTER] if start >= tail_start else self._range(start, end)
        content = _member(_unpacked(stored))
        self._verify(content)
        return content, TocEntries(content, start)

    def _range(self, start: int, end: int) -> bytes:
        with self._open_range(start, end) as stream:
            content = read_fully(stream.read, end - start)
        if len(content) < end - start:
            raise Truncated(tr("a layer's table of contents is cut off"))
        return content

    def _verify(self, content: bytes) -> None:
        total = Sum(self.digest.algorithm)
        total.update(content)
        if total.digest() != self.digest:
            raise DigestMismatch(
                tr(
                    "a layer's table of contents has digest {digest}, not {digest2}",
                    digest=total.digest(),
                    digest2=self.digest,
                )
            )


def _footer(footer: bytes) -> int:
    """The offset that eStargz's footer gives (stargz-snapshotter, estargz.md)."""
    text = footer[16:38]
    if footer[:4] != b"\x1f\x8b\x08\x04" or footer[12:14] != b"SG" or text[16:] != b"STARGZ":
        raise Damaged(tr("a layer that is said to be eStargz has no footer"))
    try:
        return int(text[:16], 16)
    except ValueError:
        raise Damaged(tr("a layer's footer has no offset")) from None


def _unpacked(stored: bytes) -> bytes:
    """What a small compressed stream holds, within limits."""
    with decompressed(cast("BinaryIO", io.BytesIO(stored))) as stream:
        content = read_fully(stream.read, bounds().documents + 1)
    check("documents", len(content), tr("a layer's table of contents is too long"))
    return content


def _member(tar: bytes) -> bytes:
    """The one member of the tar that eStargz has its table in."""
    from layertui.core.layers.toc.toc_entries import TOC_NAME

    for block, size, offset, _ in steps(cast("BinaryIO", io.BytesIO(tar))):
        if block[:100].rstrip(b"\0") == TOC_NAME.encode():
            return tar[offset : offset + size]
    raise Damaged(tr("a layer that is said to be eStargz has no {toc_name}", toc_name=TOC_NAME))


def _pass_over(stream: BinaryIO, count: int) -> None:
    while count and (got := stream.read(min(count, _PIECE))):
        count -= len(got)
