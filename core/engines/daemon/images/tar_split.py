"""Reads tar-split files: all bytes of a layer's tar but the contents of its files, which are kept in a folder.

Docker (`layerdb/…/tar-split.json.gz`) and containers/storage (`overlay-layers/….tar-split.gz`) keep one for each layer, since
the folder alone would not give the same tar again, and so not its digest. A line is a *segment*, bytes as they are in the tar
(headers, padding, the end), or a *file*, whose content follows there. Both have the lines in the order of the tar.
"""

from __future__ import annotations

from binascii import Error, a2b_base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Damaged
from layertui.core.streams.compress import decompressed

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE, _SEGMENT = 1, 2
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class TarSplit:
    """The tar of a layer without the contents of its files."""

    segments: bytes
    """All segments, one after another."""
    names: tuple[bytes, ...]
    """The files that have content, by their path in the folder, in the order of the tar."""
    starts: tuple[int, ...]
    """Where the content of each begins in the tar."""
    ends: tuple[int, ...]
    """How many bytes of contents the tar has up to the end of each."""
    size: int
    """Bytes of the whole tar."""


def read_tar_split(raw: BinaryIO) -> TarSplit:
    """Parse a tar-split file, compressed or not. Raises Damaged, and LimitExceeded for one that is too large."""
    name, most = str(getattr(raw, "name", "a tar-split file")), bounds()
    segments, names, starts, ends = bytearray(), list[bytes](), list[int](), list[int]()
    contents = 0
    try:
        for entry in _entries(raw, name):
            if entry["type"] == _SEGMENT:
                segments += a2b_base64(entry.get("payload") or "")
            elif entry["type"] == _FILE:
                size = int(entry.get("size") or 0)
                if size < 0:
                    raise Damaged(f"{name} has a file of {size} bytes")
                if size:
                    names.append(_name(entry))
                    starts.append(len(segments) + contents)
                    contents += size
                    ends.append(contents)
            if len(names) > most.entries or len(segments) > most.names:
                raise exceeded("entries", f"{name} has too many files")
    except (KeyError, TypeError, ValueError, AttributeError, Error) as error:
        raise Damaged(f"{name} is not a tar-split file: {error}") from error
    return TarSplit(bytes(segments), tuple(names), tuple(starts), tuple(ends), len(segments) + contents)


def _name(entry: dict[str, Any]) -> bytes:
    """The path of a file; Go writes one that is not UTF-8 as base64 beside the name."""
    raw = entry.get("name_raw")
    return a2b_base64(raw) if raw else str(entry["name"]).encode("utf-8", "surrogateescape")


def _entries(raw: BinaryIO, name: str) -> Iterator[dict[str, Any]]:
    """The lines, parsed many at once: a layer may have hundreds of thousands."""
    rest = b""
    with decompressed(raw) as plain:
        while chunk := plain.read(_CHUNK):
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            if not newline and len(rest) > bounds().json:
                raise Damaged(f"{name} has a line of more than {bounds().json} bytes")
            yield from orjson.loads(b"[" + b",".join(filter(None, whole.split(b"\n"))) + b"]")
    if rest.strip():
        yield orjson.loads(rest)
