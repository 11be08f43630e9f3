"""Reads tar-split files: all bytes of a layer's tar but the contents of its files, which are kept in a folder.

Docker (`layerdb/…/tar-split.json.gz`) and containers/storage (`overlay-layers/….tar-split.gz`) keep one for each layer, since
the folder alone would not give the same tar again, and so not its digest. A line is a *segment*, bytes as they are in the tar
(headers, padding, the end), or a *file*, whose content follows there. Both have the lines in the order of the tar.
"""

from __future__ import annotations

from binascii import a2b_base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.streams.compress import decompressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FILE, _SEGMENT = 1, 2
_CHUNK = 1 << 20
_LARGEST = 1 << 62  # bytes of a layer: columns of numbers have 64 bits


@dataclass(frozen=True, slots=True)
class TarSplit:
    """The tar of a layer without the contents of its files."""

    segments: bytes
    """All segments, one after another."""
    headers: Sequence[int]
    """Where in the segments the header of each member ends, folders and links too."""
    names: Sequence[bytes | str]
    """The files that have content, by their path in the folder, in the order of the tar."""
    starts: Sequence[int]
    """Where the content of each begins in the tar."""
    ends: Sequence[int]
    """How many bytes of contents the tar has up to the end of each."""

    @property
    def content_size(self) -> int:
        """Bytes of the contents of all files."""
        return self.ends[-1] if self.ends else 0

    @property
    def size(self) -> int:
        """Bytes of the whole tar."""
        return len(self.segments) + self.content_size


def read_tar_split(raw: BinaryIO) -> TarSplit:
    """Parse a tar-split file, compressed or not. Raises Damaged, and LimitExceeded for one that is too large."""
    name, most = str(getattr(raw, "name", "a tar-split file")), bounds()
    segments, headers = list[bytes](), list[int]()
    names, starts, ends = list[bytes | str](), list[int](), list[int]()
    length = contents = named = 0
    try:
        for entries in _entries(raw, name):
            for entry in entries:  # a layer may have hundreds of thousands
                if entry["type"] == _SEGMENT:
                    segment = a2b_base64(entry["payload"] or b"")
                    segments.append(segment)
                    length += len(segment)
                elif entry["type"] == _FILE:
                    headers.append(length)
                    if size := entry.get("size"):
                        if not isinstance(size, int) or size < 0:
                            raise Damaged(tr("{name} has a file of {size!r} bytes", name=name, size=size))
                        raw_name = entry.get("name_raw")  # of a name that is not UTF-8
                        file_name = a2b_base64(raw_name) if raw_name else entry["name"]
                        if not isinstance(file_name, bytes | str):
                            raise Damaged(
                                tr("{name} has a file whose name is {file_name!r}", name=name, file_name=file_name)
                            )
                        named += len(file_name)
                        names.append(file_name)
                        starts.append(length + contents)
                        contents += size
                        ends.append(contents)
            if len(headers) > most.entries or length > most.names or named > most.names:
                raise exceeded("entries", tr("{name} has too many files", name=name))
            if contents > _LARGEST:
                raise Damaged(tr("{name} says that the layer has {contents:,} bytes", name=name, contents=contents))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(tr("{name} is not a tar-split file: {error}", name=name, error=error)) from error
    return TarSplit(b"".join(segments), headers, names, starts, ends)


def _entries(raw: BinaryIO, name: str) -> Iterator[list[dict[str, Any]]]:
    """The lines, parsed many at once."""
    rest = b""
    with decompressed(raw) as plain:
        while chunk := plain.read(_CHUNK):
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            if not newline and len(rest) > bounds().json:
                raise Damaged(tr("{name} has a line of more than {json:,} bytes", name=name, json=bounds().json))
            yield orjson.loads(b"[" + b",".join(filter(None, whole.split(b"\n"))) + b"]")
    if rest.strip():
        yield [orjson.loads(rest)]
