"""CatalogDatabase: DuckDB over the Parquet files of a catalog, which can read nothing else: no other file, no network, no extension.

DuckDB opens files by a file system of ours that knows the names in one state of the catalog, and no others. All else that reaches
outside is off, and the configuration is locked, before the first question is asked. What it says of an error becomes one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa

from layertui.core.catalog.storage.catalog_state import TABLES
from layertui.core.catalog.storage.duckdb_files import PREFIX, DuckdbFiles, one_line
from layertui.core.catalog.storage.stored_text import stored
from layertui.core.catalog.storage.table_schemas import SCHEMAS
from layertui.core.errors import LayertuiError, LimitExceeded, UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.catalog.storage.catalog_state import CatalogState, StoredFile

_MEMORY = "2GB"
_LARGEST = 2_000_000_000  # bytes: the same
# Rows that DuckDB hands over at a time. They have no limit in bytes, and a text of many rows, which DuckDB has once, is then there
# once for each: 25 MB with texts of 200,000 characters, 500 MB with the largest configs. Fewer rows take longer.
_BATCH = 128
_PIECE_ROWS, _PIECE_BYTES = 1 << 16, 16 << 20  # of a piece of an answer: what is made of it takes several times as much
_LOCKED = (
    "SET temp_directory = ''",  # else what does not fit in memory goes to `.tmp` in the folder where the user is
    f"SET allowed_directories = ['{PREFIX}']",
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    f"SET memory_limit = '{_MEMORY}'",
    "SET lock_configuration = true",
)
_VIEWS = {
    "images": """
        SELECT * FROM (
            SELECT * FROM images_log QUALIFY row_number() OVER (PARTITION BY image ORDER BY seen DESC) = 1
        ) WHERE digest IS NOT NULL
    """,
    "stack_layers": """
        SELECT chain_id, unnest(diff_ids) AS diff_id, unnest(range(1, len(diff_ids) + 1))::SMALLINT AS layer,
            unnest(stored) AS stored, unnest(hidden) AS hidden
        FROM stacks
    """,
    "paths": "SELECT folder || '/' || name AS path, * FROM files",
}
"""Views besides the tables; the table `images` is `images_log` here, and `images` has what each name means now."""


class CatalogDatabase:
    """The tables of one state of a catalog, to be asked."""

    def __init__(self, files: CatalogFiles, state: CatalogState) -> None:
        """Nothing is read yet."""
        self.state = state
        self._connection = duckdb.connect()
        names = {file.name for table in TABLES for file in state.of(table)}
        self._connection.register_filesystem(DuckdbFiles(files, names))
        for line in _LOCKED:
            self._connection.execute(line)
        for table in TABLES:
            self._view("images_log" if table == "images" else table, table, state.of(table))
        for view, query in _VIEWS.items():
            self._connection.execute(f"CREATE TEMP VIEW {view} AS {query}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def only(self, table: str, files: Sequence[StoredFile]) -> None:
        """Let a table consist of these files of it alone, where the others cannot have what is asked for."""
        self._view(table, table, files)

    def rows(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, Any]]:
        """The rows of an answer that is small. Raises UsageError for a query that cannot be read, LayertuiError."""
        return python_rows(self.table(query, values))

    def texts(self, query: str) -> set[str]:
        """The texts of a query for one column."""
        return set(self.table(query).column(0).to_pylist())

    def table(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """The answer as an Arrow table. Raises LimitExceeded for one that is larger than the memory of a question may be.

        DuckDB's own limit does not count what it has handed over, and a text of many rows is stored once.
        """
        with _Errors():
            reader = self._connection.sql(query, params=values or None).to_arrow_reader(_BATCH)
            kept, size = [], 0
            for piece in pieces(reader):
                kept.append(piece)
                size += piece.nbytes
                if size > _LARGEST:
                    raise _too_large()
            return pa.Table.from_batches(kept, reader.schema)

    def read_only(self, query: str) -> pa.RecordBatchReader:
        """The answer to a query of the user's: one statement that only reads. It comes as it is read, in pieces of some megabytes.

        Raises UsageError; also as it is read, LayertuiError.
        """
        query = stored(query)  # bytes that are no UTF-8 are spelled as in the columns
        with _Errors():
            statements = duckdb.extract_statements(query)
            kinds = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
            if len(statements) != 1 or statements[0].type not in kinds:
                raise UsageError(tr("write one SELECT: a catalog is only read here"))
            reader = self._connection.sql(query).to_arrow_reader(_BATCH)
        return pa.RecordBatchReader.from_batches(reader.schema, pieces(_checked(reader)))

    def lend(self, name: str, rows: pa.Table) -> None:
        """Let a query name a table of ours."""
        self._connection.register(name, rows)

    def _view(self, view: str, table: str, files: Sequence[StoredFile]) -> None:
        if files:
            paths = ", ".join(f"'{PREFIX}{file.name}'" for file in files)  # plain names, see CatalogFiles.check
            source = f"read_parquet([{paths}], hive_partitioning = false)"
            columns = ", ".join(f'"{name}"::{_TYPES[field.type]} AS "{name}"' for name, field in _fields(table))
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {columns} FROM {source}")  # noqa: S608
        else:
            self._connection.register(f"{view}_empty", SCHEMAS[table].empty_table())
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {view}_empty")  # noqa: S608


def pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in pieces that are worth their cost, and small: small batches are joined, large ones cut."""
    gathered: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if size + batch.nbytes > _PIECE_BYTES or rows + batch.num_rows > _PIECE_ROWS:
            yield from _joined(gathered)
            gathered, rows, size = [], 0, 0
        if batch.nbytes > _PIECE_BYTES:
            yield from _cut(batch)
            continue
        gathered.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
    yield from _joined(gathered)


def _joined(batches: Sequence[pa.RecordBatch]) -> Sequence[pa.RecordBatch]:
    return pa.Table.from_batches(batches).combine_chunks().to_batches() if batches else ()


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    step = max(1, batch.num_rows * _PIECE_BYTES // batch.nbytes)
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def python_rows(answer: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows of an answer, or of a piece of it. Raises LayertuiError for what Python has no value for, such as a time in the year 300,000."""
    with _Errors():
        return answer.to_pylist(maps_as_pydicts="lossy")  # type: ignore[no-any-return]


def _fields(table: str) -> Iterator[tuple[str, pa.Field]]:
    schema = SCHEMAS[table]
    return ((name, schema.field(name)) for name in schema.names)


_TYPES = {
    pa.string(): "VARCHAR",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
    pa.binary(32): "BLOB",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
    pa.list_(pa.int64()): "BIGINT[]",
    pa.map_(pa.string(), pa.string()): "MAP(VARCHAR, VARCHAR)",
}


def _checked(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    with _Errors():
        yield from reader


def _too_large() -> LimitExceeded:
    return LimitExceeded(tr("the question needs more than {memory} of memory; ask for less at a time", memory=_MEMORY))


class _Errors:
    """DuckDB's errors as one line of ours; those of a later piece of an answer come as OSError, with DuckDB's words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, (duckdb.Error, OSError, OverflowError, ValueError)):
            return
        line = one_line(error)
        if isinstance(error, duckdb.OutOfMemoryException) or line.startswith("Out of Memory"):
            raise _too_large() from None
        if isinstance(error, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
            raise UsageError(line) from None
        raise LayertuiError(tr("the catalog cannot answer: {last}", last=line)) from None
