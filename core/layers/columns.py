"""Named numpy columns in one file, opened again by memory map.

The file: magic, length of the heading, heading (JSON: meta, and for each column its dtype, offset
and count), then the columns, each at a multiple of 64 bytes. A file that is not whole in every
respect we can see without reading the columns is `None` to the reader, who makes it anew.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from layertui.core.oci import json
from layertui.core.streams.atomic import atomic_write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Column = npt.NDArray[Any]

_MAGIC = b"layertui columns 1\n"
_ALIGN = 64


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


def blob(parts: list[bytes]) -> Column:
    """Bytes strings end to end, as a column of bytes."""
    return np.frombuffer(b"".join(parts), dtype=np.uint8)


def write_columns(path: Path, meta: Mapping[str, Any], columns: Mapping[str, Column]) -> None:
    """Write ``columns`` to ``path`` in one rename. Raises StorageError."""
    layout: dict[str, list[Any]] = {}
    offset = 0
    for name, column in columns.items():
        layout[name] = [column.dtype.str, offset, int(column.size)]
        offset += -(-column.nbytes // _ALIGN) * _ALIGN
    heading = json.dumps({"meta": meta, "columns": layout, "bytes": offset})
    start = len(_MAGIC) + 8 + len(heading)
    with atomic_write(path) as out:
        out.write(_MAGIC + len(heading).to_bytes(8, "little") + heading)
        out.write(bytes(-start % _ALIGN))
        for column in columns.values():
            out.write(np.ascontiguousarray(column).data)
            out.write(bytes(-column.nbytes % _ALIGN))


def read_columns(path: Path) -> tuple[dict[str, Any], dict[str, Column]] | None:
    """Meta and columns of ``path`` by memory map, or None where the file is absent or damaged."""
    try:
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    head = len(_MAGIC) + 8
    if whole[: len(_MAGIC)] != _MAGIC:
        return None
    length = int.from_bytes(whole[len(_MAGIC) : head], "little")
    try:
        heading = json.loads(whole[head : head + length])
        start = -(-(head + length) // _ALIGN) * _ALIGN
        if start + heading["bytes"] != len(whole):
            return None
        columns = {
            name: np.frombuffer(whole, dtype=dtype, count=count, offset=start + offset)
            if count
            else np.empty(0, dtype=dtype)
            for name, (dtype, offset, count) in heading["columns"].items()
        }
        return dict(heading["meta"]), columns
    except Exception:  # noqa: BLE001 - whatever is wrong with a cache file, it is made anew
        return None
