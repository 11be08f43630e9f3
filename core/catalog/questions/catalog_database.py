"""CatalogDatabase: DuckDB over the Parquet files of a catalog, which can read nothing else: no other file, no network, no extension.

DuckDB opens files by a file system of ours that knows the names in one state of the catalog, and no others. All else that reaches
outside is off, and the configuration is locked, before the first question is asked. What it says of an error becomes one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa
from fsspec import AbstractFileSystem

from layertui.core.catalog.storage.catalog_state import TABLES
from layertui.core.catalog.storage.table_schemas import SCHEMAS
from layertui.core.errors import LayertuiError, LimitExceeded, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.catalog.storage.catalog_state import CatalogState, StoredFile

_PREFIX = "layertui://"
_MEMORY = "2GB"
_LOCKED = (
    f"SET allowed_directories = ['{_PREFIX}']",
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
        self._connection.register_filesystem(_ReadOnlyFiles(files, names))
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
        return self.table(query, values).to_pylist()  # type: ignore[no-any-return]

    def texts(self, query: str) -> set[str]:
        """The texts of a query for one column."""
        return set(self.table(query).column(0).to_pylist())

    def table(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """The answer as an Arrow table."""
        with _Errors():
            return self._connection.sql(query, params=values or None).to_arrow_table()

    def batches(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> pa.RecordBatchReader:
        """The answer as it comes, in pieces."""
        with _Errors():
            return self._connection.sql(query, params=values or None).to_arrow_reader(1 << 16)

    def read_only(self, query: str) -> pa.RecordBatchReader:
        """The answer to a query of the user's: one statement that only reads. Raises UsageError."""
        with _Errors():
            statements = duckdb.extract_statements(query)
            kinds = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
            if len(statements) != 1 or statements[0].type not in kinds:
                raise UsageError("write one SELECT: a catalog is only read here")
            return self._connection.sql(query).to_arrow_reader(1 << 16)

    def lend(self, name: str, rows: pa.Table) -> None:
        """Let a query name a table of ours."""
        self._connection.register(name, rows)

    def _view(self, view: str, table: str, files: Sequence[StoredFile]) -> None:
        if files:
            paths = ", ".join(f"'{_PREFIX}{file.name}'" for file in files)  # plain names, see CatalogFiles.check
            source = f"read_parquet([{paths}], hive_partitioning = false)"
            columns = ", ".join(f'"{name}"::{_TYPES[field.type]} AS "{name}"' for name, field in _fields(table))
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {columns} FROM {source}")  # noqa: S608
        else:
            self._connection.register(f"{view}_empty", SCHEMAS[table].empty_table())
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {view}_empty")  # noqa: S608


def writers_connection(
    files: CatalogFiles, names: Collection[str], spill: str, memory: str
) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """A connection for queries of ours alone, which may sort more than fits in memory, and the paths of these files in it."""
    connection = duckdb.connect(config={"temp_directory": spill, "memory_limit": memory})
    connection.register_filesystem(_ReadOnlyFiles(files, set(names)))
    return connection, [f"{_PREFIX}{name}" for name in names]


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


class _ReadOnlyFiles(AbstractFileSystem):  # type: ignore[misc]
    """What DuckDB sees: the files of one state of a catalog, to read."""

    protocol = "layertui"
    cachable = False

    def __init__(self, files: CatalogFiles, names: Collection[str]) -> None:
        super().__init__()
        self._files, self._names = files, names
        self._sizes: dict[str, int] = {}

    def _known(self, path: str) -> str:
        name = str(self._strip_protocol(path)).lstrip("/")
        if name not in self._names:
            raise FileNotFoundError(name)
        return name

    def _open(self, path: str, mode: str = "rb", **_: object) -> Any:
        if mode != "rb":
            raise PermissionError(path)
        return self._files.open(self._known(path))

    def open(self, path: str, mode: str = "rb", **_: object) -> Any:
        """As it is: DuckDB reads by ranges, and nothing is buffered twice."""
        return self._open(path, mode)

    def info(self, path: str, **_: object) -> dict[str, Any]:
        """Name and size of a file."""
        name = self._known(path)
        if name not in self._sizes:
            self._sizes[name] = self._files.size(name)
        return {"name": name, "size": self._sizes[name], "type": "file"}

    def modified(self, path: str) -> Any:
        """The same always: a file never changes."""
        from datetime import UTC, datetime

        del path
        return datetime(2020, 1, 1, tzinfo=UTC)

    def exists(self, path: str, **_: object) -> bool:
        """Whether the state names it."""
        return str(self._strip_protocol(path)).lstrip("/") in self._names

    def glob(self, path: str, **_: object) -> list[str]:  # type: ignore[override]
        """The file itself: patterns are not asked for."""
        return [self._known(path)]

    def ls(self, path: str, detail: bool = True, **_: object) -> list[Any]:  # noqa: FBT001, FBT002  (fsspec's own)
        """Nothing: who asks knows the names."""
        del path, detail
        return []


class _Errors:
    """DuckDB's errors as one line of ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, duckdb.Error):
            return
        line = next((line for line in str(error).splitlines() if line.strip()), "").strip()[:300]
        if isinstance(error, duckdb.OutOfMemoryException):
            raise LimitExceeded(f"the question needs more than {_MEMORY} of memory; ask for less at a time") from None
        if isinstance(error, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
            raise UsageError(line) from None
        last = str(error).strip().splitlines()[-1][:300] if "Traceback" in str(error) else line
        raise LayertuiError(f"the catalog cannot answer: {last}") from None
