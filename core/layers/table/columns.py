"""Named numpy columns in one cache file, opened by memory map.

Format: magic, CRC-32 of everything after it, length of the header, header (JSON: metadata, and for each column its
dtype, offset and count), then the columns, each at a multiple of 64 bytes. The file is written without a sync; a reader
gets None if a single bit is wrong.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from layertui.core.fs.atomic import atomic_write
from layertui.core.fs.file_window import without_waiting
from layertui.core.layers.table.columns_checksum import MAGIC, is_whole
from layertui.core.oci import strict_json

try:
    from isal.isal_zlib import crc32  # ten times as fast
except ImportError:  # no wheel for this machine
    from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Column = npt.NDArray[Any]
"""One-dimensional. The dtypes of columns are documented where they are kept: `LayerTable`, `Timeline`, `View`, `Lineup`. Of those
that functions return: what says "which" or "whether" is bool, one item for each that was asked about; numbers of rows and paths
are int32 or int64, bytes int64."""

_HEAD = len(MAGIC) + 4 + 8
_ALIGN = 64
_CHUNK = 1 << 18


def narrow(column: Column) -> Column:
    """The same integers in the smallest of 8, 16, 32 or 64 signed bits that holds them all."""
    if column.size == 0:
        return column.astype(np.int8)
    low, high = int(column.min()), int(column.max())
    for dtype in (np.int8, np.int16, np.int32):
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return column.astype(dtype)
    return column.astype(np.int64)


def numbers_in(column: Column) -> list[int]:
    """The distinct numbers in a column of small ones, ascending; `np.unique` would import numpy's masked arrays for them."""
    found: list[int] = np.flatnonzero(np.bincount(column)).tolist()
    return found


def blob(parts: list[bytes]) -> Column:
    """Bytes strings concatenated; uint8."""
    return np.frombuffer(b"".join(parts), dtype=np.uint8)


def write_columns(path: Path, meta: Mapping[str, Any], columns: Mapping[str, Column]) -> None:
    """Write ``columns``, of one dimension and any dtype, to ``path`` in one rename. Raises StorageError."""
    layout: dict[str, list[Any]] = {}
    offset = 0
    for name, column in columns.items():
        layout[name] = [column.dtype.str, offset, int(column.size)]
        offset += -(-column.nbytes // _ALIGN) * _ALIGN
    heading = strict_json.dumps({"meta": meta, "columns": layout, "bytes": offset})
    parts: list[bytes | memoryview] = [len(heading).to_bytes(8, "little"), heading]
    parts.append(bytes(-(_HEAD + len(heading)) % _ALIGN))
    for column in columns.values():
        parts += [np.ascontiguousarray(column).data.cast("B") if column.size else b"", bytes(-column.nbytes % _ALIGN)]
    with atomic_write(path, durable=False) as out:
        out.write(MAGIC + _crc(parts).to_bytes(4, "little"))
        for part in parts:
            out.write(part)


def read_columns(path: Path) -> tuple[dict[str, Any], dict[str, Column]] | None:
    """Metadata and columns of ``path`` by memory map, with the dtypes that they had; None if the file is missing or damaged."""
    try:
        with open(path, "rb", buffering=0, opener=without_waiting) as file:
            # The checksum is computed from reads: of a mapped file, pages that were touched take memory.
            if not is_whole(file):
                return None
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    length = int.from_bytes(whole[_HEAD - 8 : _HEAD], "little")
    heading = strict_json.loads_trusted(whole[_HEAD : _HEAD + length])
    start = -(-(_HEAD + length) // _ALIGN) * _ALIGN
    columns = {
        name: np.frombuffer(whole, dtype, count, start + offset) if count else np.empty(0, dtype)
        for name, (dtype, offset, count) in heading["columns"].items()
    }
    return dict(heading["meta"]), columns


def _crc(parts: Iterable[bytes | memoryview]) -> int:
    value = 0
    for part in parts:
        value = crc32(part, value)
    return value
