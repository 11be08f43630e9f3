"""Merges small Parquet files of a table into few sorted ones: a question opens a hundred files, not a hundred thousand."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from layertui.core.catalog.storage.catalog_state import TABLES, StoredFile
from layertui.core.catalog.storage.duckdb_files import one_line, sorting_connection
from layertui.core.catalog.storage.table_schemas import ROW_GROUP, SCHEMAS, SORTED_BY, parquet_writer
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import BinaryIO

    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.catalog.storage.catalog_state import CatalogState
    from layertui.core.progress import Progress

MOST_SMALL = 32
"""Small files of a table that are left as they are."""
_MOST_WHILE_ADDING = 256  # small files of a table that are left while more are added
_ALIKE = 8  # files that are merged at least, whatever their sizes
_LARGE = 8_000_000  # rows of a file that is not merged again
_MEMORY = "128MB"  # for sorting, on one thread; what does not fit goes to the disk. A process that merges has 300 MB more in all


def small_files(state: CatalogState, table: str) -> list[StoredFile]:
    """The files of a table that are worth merging."""
    return [file for file in state.of(table) if file.rows < _LARGE // 2]


def due_files(state: CatalogState, table: str, busy: Collection[str] = ()) -> list[StoredFile]:
    """Small files of a table to merge while more are added; none unless there are many. ``busy`` are names that others merge already.

    They are about as large as each other: a file is not merged again before as many rows have come. So each row is written a few
    times only, however many layers there are, and one merge takes about a minute.
    """
    small = sorted((file for file in small_files(state, table) if file.name not in busy), key=lambda file: file.rows)
    if len(small) <= _MOST_WHILE_ADDING:
        return []
    taken: list[StoredFile] = []
    rows = 0
    for file in small:
        if rows >= _LARGE // 2 or (len(taken) >= _ALIKE and file.rows > rows):
            break
        taken.append(file)
        rows += file.rows
    return taken


def merged_files(
    files: CatalogFiles, state: CatalogState, progress: Progress | None = None, *, least: int = MOST_SMALL
) -> tuple[dict[str, list[StoredFile]], set[str]]:
    """Merge the small files of each table that has more than `least`; the files that were written, and the names that they replace."""
    progress = progress or quiet()
    added: dict[str, list[StoredFile]] = {}
    removed: set[str] = set()
    for table in TABLES:
        small = small_files(state, table)
        if len(small) > least:
            progress.begin(tr("merging {table}", table=table), total=sum(file.rows for file in small), unit="rows")
            added[table] = list(merge(files, table, small, f"{state.number + 1:012d}", progress))
            removed |= {file.name for file in small}
    return added, removed


def merge(
    files: CatalogFiles, table: str, small: Sequence[StoredFile], name: str, progress: Progress
) -> Iterator[StoredFile]:
    """Write the rows of some files of a table as few sorted ones; their names begin with ``name``. Raises Damaged, StorageError."""
    try:
        yield from _merged(files, table, small, name, progress)
    except (duckdb.Error, pa.ArrowException) as error:
        raise Damaged(
            tr("{place}: {table} cannot be merged: {error}", place=files.place, table=table, error=one_line(error))
        ) from None


def _merged(
    files: CatalogFiles, table: str, small: Sequence[StoredFile], name: str, progress: Progress
) -> Iterator[StoredFile]:
    with TemporaryDirectory(prefix="layertui-") as spill:
        connection, paths = sorting_connection(files, [file.name for file in small], spill, _MEMORY)
        with connection:
            order = ", ".join(f'"{column}"' for column in SORTED_BY[table])
            query = f"SELECT * FROM read_parquet($1) ORDER BY {order}"  # noqa: S608  (columns of ours)
            batches = _Batches(connection.sql(query, params=[paths]).to_arrow_reader(ROW_GROUP), progress)
            number = 0
            while batches.has_more:
                written = f"{table}/{name}-{number:05d}-{os.urandom(4).hex()}.parquet"
                begun = batches.rows
                size = files.put(written, lambda out: _write(out, table, batches))
                yield StoredFile(written, batches.rows - begun, size, batches.first, batches.last)
                number += 1


class _Batches:
    """Sorted rows as they come, and of those of one file the first and the last text."""

    def __init__(self, reader: pa.RecordBatchReader, progress: Progress) -> None:
        self._reader, self._progress = iter(reader), progress
        self.rows = 0
        self.first = self.last = ""
        self._next = next(self._reader, None)

    @property
    def has_more(self) -> bool:
        return self._next is not None

    def take(self) -> pa.RecordBatch:
        batch = self._next
        assert batch is not None
        self._next = next(self._reader, None)
        self.rows += batch.num_rows
        self._progress.advance(batch.num_rows)
        return batch


def _write(out: BinaryIO, table: str, batches: _Batches) -> None:
    names = table == "files"
    schema = SCHEMAS[table]
    with parquet_writer(out, table) as writer:
        written = 0
        while batches.has_more and written < _LARGE:
            batch = pa.Table.from_batches([batches.take()]).cast(schema)
            if names and not written:
                batches.first = str(batch.column(0)[0].as_py())[:64]
            writer.write_table(batch, row_group_size=ROW_GROUP)
            written += batch.num_rows
            if names:
                batches.last = str(batch.column(0)[-1].as_py())[:64]
