"""The columns of the tables, and how a table of them becomes a Parquet file; docs/catalog.md says what each column is.

`files` is sorted by name and then by folder: a search for a name reads the part of it that may have the name, and what versions of a
layer have in common stands side by side, where it takes next to nothing. `contents` is sorted by digest, the others by what they are
joined by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from layertui.core.catalog.storage.catalog_state import StoredFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from layertui.core.catalog.storage.catalog_files import CatalogFiles

_TEXT, _TEXTS, _COUNTS = pa.string(), pa.list_(pa.string()), pa.list_(pa.int64())

SCHEMAS: dict[str, pa.Schema] = {
    "files": pa.schema(
        {
            "name": _TEXT,
            "folder": _TEXT,
            "diff_id": _TEXT,
            "row": pa.int32(),
            "type": _TEXT,
            "mode": pa.int16(),
            "uid": pa.int64(),
            "gid": pa.int64(),
            "size": pa.int64(),
            "mtime": pa.int64(),
            "link": _TEXT,
            "inode": pa.int32(),
        }
    ),
    "contents": pa.schema({"sha256": pa.binary(32), "diff_id": _TEXT, "row": pa.int32()}),
    "layers": pa.schema(
        {
            "diff_id": _TEXT,
            "entries": pa.int64(),
            "size": pa.int64(),
            "stored_size": pa.int64(),
            "added": pa.timestamp("us", "UTC"),
        }
    ),
    "stacks": pa.schema(
        {
            "chain_id": _TEXT,
            "diff_ids": _TEXTS,
            "chain_ids": _TEXTS,
            "stored": _COUNTS,
            "hidden": _COUNTS,
            "problems": _TEXTS,
        }
    ),
    "hidden": pa.schema({"chain_id": _TEXT, "layer": pa.int16(), "row": pa.int32(), "hidden_in": pa.int16()}),
    "linked": pa.schema(
        {
            "chain_id": _TEXT,
            "layer": pa.int16(),
            "row": pa.int32(),
            "type": _TEXT,
            "mode": pa.int16(),
            "uid": pa.int64(),
            "gid": pa.int64(),
            "size": pa.int64(),
            "mtime": pa.int64(),
            "link": _TEXT,
            "inode_diff_id": _TEXT,
            "inode_row": pa.int32(),
        }
    ),
    "owned": pa.schema(
        {"chain_id": _TEXT, "package": _TEXT, "layer": pa.int16(), "first": pa.int32(), "last": pa.int32()}
    ),
    "packages": pa.schema(
        {
            "name": _TEXT,
            "type": _TEXT,
            "version": _TEXT,
            "arch": _TEXT,
            "source": _TEXT,
            "chain_id": _TEXT,
            "layer": pa.int16(),
            "hidden_in": pa.int16(),
            "part": pa.bool_(),
            "size": pa.int64(),
        }
    ),
    "images": pa.schema(
        {
            "image": _TEXT,
            "seen": pa.timestamp("us", "UTC"),
            "source": _TEXT,
            "repository": _TEXT,
            "tag": _TEXT,
            "head": _TEXT,
            "digest": _TEXT,
            "id": _TEXT,
            "os": _TEXT,
            "architecture": _TEXT,
            "variant": _TEXT,
            "created": _TEXT,
            "chain_id": _TEXT,
            "stored_size": pa.int64(),
            "labels": pa.map_(_TEXT, _TEXT),
            "steps": _TEXTS,
            "config": _TEXT,
            "history": _TEXT,
        }
    ),
}

SORTED_BY: dict[str, tuple[str, ...]] = {
    "files": ("name", "folder", "diff_id", "row"),
    "contents": ("sha256", "diff_id", "row"),
    "layers": ("diff_id",),
    "stacks": ("chain_id",),
    "hidden": ("chain_id", "layer", "row"),
    "linked": ("chain_id", "layer", "row"),
    "owned": ("chain_id", "package", "layer", "first"),
    "packages": ("name", "type", "version", "chain_id"),
    "images": ("image", "seen"),
}

ROW_GROUP = 122_880  # rows: what one thread of DuckDB reads at a time


def parquet_writer(out: BinaryIO, table: str) -> pq.ParquetWriter:
    """A writer of rows of a table."""
    return pq.ParquetWriter(out, SCHEMAS[table], compression="zstd", compression_level=3)


def put_table(files: CatalogFiles, table: str, name: str, rows: pa.Table) -> StoredFile | None:
    """Write rows of a table, sorted, as one file; None, and no file, for none."""
    if not rows.num_rows:
        return None
    rows = rows.select(SCHEMAS[table].names).cast(SCHEMAS[table])
    rows = rows.sort_by([(column, "ascending") for column in SORTED_BY[table]])

    def write(out: BinaryIO) -> None:
        with parquet_writer(out, table) as writer:
            writer.write_table(rows, row_group_size=ROW_GROUP)

    whole = f"{table}/{name}.parquet"
    size = files.put(whole, write)
    first, last = (str(rows.column(0)[at].as_py())[:64] if table == "files" else "" for at in (0, rows.num_rows - 1))
    return StoredFile(whole, rows.num_rows, size, first, last)


def put_rows(files: CatalogFiles, table: str, name: str, rows: Sequence[Mapping[str, Any]]) -> StoredFile | None:
    """The same for a few rows as values."""
    return put_table(files, table, name, pa.Table.from_pylist(list(rows), schema=SCHEMAS[table]))
