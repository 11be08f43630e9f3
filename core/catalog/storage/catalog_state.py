"""CatalogState: which Parquet files of a catalog are complete; each change is a new file with the next number, never a changed one.

A reader takes the highest number and has all it needs: the files that it names are never changed. A writer writes files first and
then the next state, which fails where another writer was faster. What no state names was left by a process that died.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.errors import Damaged, LimitExceeded, NotFound
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from layertui.core.catalog.storage.catalog_files import CatalogFiles

FOLDER = "state"
FORMAT = 1
TABLES = ("files", "contents", "layers", "stacks", "hidden", "linked", "owned", "packages", "images")
"""The tables, each a folder of Parquet files; docs/catalog.md says what is in their columns."""
_MOST = 64 << 20  # bytes of a state; one names a few hundred files
_KEPT = 8  # older states, for a look at what was
_NAME = re.compile(r"(\d{12})\.json")
_GRACE = 3600.0  # seconds that a reader may still use files which a newer state no longer names


class StoredFile(NamedTuple):
    """One Parquet file of a table."""

    name: str
    """Below the catalog: `TABLE/FILE`."""
    rows: int
    bytes: int
    first: str = ""
    """Of a table that is sorted by a text, the first and the last one in the file."""
    last: str = ""


@dataclass(frozen=True)
class CatalogState:
    """The complete files of a catalog, by table."""

    number: int = 0
    files: Mapping[str, tuple[StoredFile, ...]] = field(default_factory=dict)

    def of(self, table: str) -> tuple[StoredFile, ...]:
        """The files of a table."""
        return self.files.get(table, ())

    @property
    def bytes(self) -> int:
        """Bytes of the files of all tables together."""
        return sum(file.bytes for files in self.files.values() for file in files)

    def rows(self, table: str) -> int:
        """The number of rows of a table, in all its files."""
        return sum(file.rows for file in self.of(table))

    def changed(self, added: Mapping[str, Sequence[StoredFile]], removed: Collection[str] = ()) -> CatalogState:
        """The next state: with some files more, which replace those of the same name, and some fewer."""
        files = dict(self.files)
        for table in {*files, *added}:
            new = {file.name: file for file in added.get(table, ())}
            kept = [file for file in self.of(table) if file.name not in removed and file.name not in new]
            files[table] = (*kept, *new.values())
        return replace(self, number=self.number + 1, files=files)


def read_state(files: CatalogFiles) -> CatalogState:
    """The newest state; one without files where there is no catalog yet. Raises Damaged."""
    for number in sorted(_numbers(files), reverse=True):
        try:
            return _parsed(files, number, files.read(_name(number), _MOST))
        except NotFound:
            continue  # an older one, which a writer has removed meanwhile
    return CatalogState()


def is_newest(files: CatalogFiles, number: int) -> bool:
    """Whether the state with this number is the newest: two small questions, nothing is listed or read."""
    # A writer removes old ones: where this one is gone, so may be the next one.
    return not _is_there(files, number + 1) and _is_there(files, number)


def write_state(files: CatalogFiles, state: CatalogState) -> None:
    """Make a state the newest. Raises Conflict where another process has written one with its number."""
    tables = {table: [list(file) for file in state.of(table)] for table in TABLES}
    files.put_new(_name(state.number), strict_json.dumps({"format": FORMAT, "number": state.number, "files": tables}))
    for number in _numbers(files):
        if number <= state.number - _KEPT:
            files.remove(_name(number))


def remove_unnamed(files: CatalogFiles, state: CatalogState) -> int:
    """Remove Parquet files that no state of the last hour names; how many."""
    named = {file.name for table in TABLES for file in state.of(table)}
    count = 0
    for table in TABLES:
        for name in files.names(table):
            whole = f"{table}/{name}"
            if whole not in named and files.age(whole) > _GRACE:
                files.remove(whole)
                count += 1
    return count


def _numbers(files: CatalogFiles) -> list[int]:
    return [int(found[1]) for name in files.names(FOLDER) if (found := _NAME.fullmatch(name))]


def _is_there(files: CatalogFiles, number: int) -> bool:
    try:
        files.size(_name(number))
    except NotFound:
        return False
    return True


def _name(number: int) -> str:
    return f"{FOLDER}/{number:012d}.json"


def _parsed(files: CatalogFiles, number: int, content: bytes) -> CatalogState:
    try:
        document: Any = strict_json.loads(content)
    except (Damaged, LimitExceeded) as error:
        raise Damaged(
            tr("{place}: {name} is damaged: {error}", place=files.place, name=_name(number), error=error)
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("number") != number:
        raise Damaged(
            tr(
                "{place}: {name} is no state of a catalog that this version can read",
                place=files.place,
                name=_name(number),
            )
        )
    tables: Any = document.get("files")
    try:
        found = {table: tuple(_file(files, table, row) for row in tables.get(table, ())) for table in TABLES}
    except (AttributeError, TypeError, ValueError) as error:
        raise Damaged(tr("{place}: {name} is damaged", place=files.place, name=_name(number))) from error
    return CatalogState(number, found)


def _file(files: CatalogFiles, table: str, row: Any) -> StoredFile:
    name, rows, size, first, last = row
    if not (isinstance(first, str) and isinstance(last, str)) or not files.check(name).startswith(f"{table}/"):
        raise ValueError(name)
    return StoredFile(name, int(rows), int(size), first, last)
