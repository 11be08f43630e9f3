"""Layer tables made again of a catalog's rows, so that a recorded image is looked at as any other.

The rows have no flags. What a stack hides is recorded in `hidden`, and says them: a row of a layer that shows in no view is a folder
which the layer only implies; and where a row of a lower layer is hidden by a layer that has nothing at its path or above but folders,
the nearest of these hides what lower layers have in it. So a table is right in stacks that begin with the same layers, and it is kept
under the ChainID. Extended attributes, device numbers, names of owners and parts of seconds are not recorded, and are not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.bounds import bounds, check, exceeded
from layertui.core.catalog.storage.stored_text import unstored
from layertui.core.catalog.tasks.stack_rows import NOT_THERE
from layertui.core.catalog.tasks.table_rows import TYPES
from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import check_table
from layertui.core.layers.table.path_keys import normalize
from layertui.core.layers.table.table_builder import TableBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.layers.table.layer_table import LayerTable

_KINDS = {word: kind for kind, word in TYPES.items()}
_FOLDERS = (Kind.DIR, Kind.PLACE)
_ROWS = """
    SELECT diff_id, row, folder, name, type, mode, uid, gid, size, mtime, link, inode FROM files
    WHERE list_contains($diff_ids, diff_id) ORDER BY diff_id, row
"""
_HIDDEN = "SELECT layer, row, hidden_in FROM hidden WHERE chain_id = $chain_id"


class _Row(NamedTuple):
    """An entry of a layer as it is recorded."""

    key: bytes
    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    link: str | None
    inode: int | None


class _Layer:
    """The rows of one layer, and what its stack says of them."""

    def __init__(self, rows: Mapping[int, _Row]) -> None:
        self.rows = rows
        self.implied: set[int] = set()
        """Numbers of rows."""
        self.opaque: set[bytes] = set()
        """Keys of folders; empty for the root."""
        self._kinds: dict[bytes, Kind] | None = None
        self._looked: set[bytes] = set()

    def hides(self, key: bytes) -> None:
        """It hides this path of a lower layer: make a folder opaque unless it has something else that does."""
        if self._kinds is None:
            left_out = self.implied
            self._kinds = {row.key: row.kind for number, row in self.rows.items() if number not in left_out}
            self._kinds |= {self.rows[number].key: Kind.PLACE for number in left_out}
        if self._kinds.get(key, Kind.PLACE) is not Kind.PLACE:
            return
        while key:
            key = key.rpartition(b"\0")[0]
            if key in self._looked:
                return
            self._looked.add(key)
            kind = self._kinds.get(key)
            if kind is not None and kind not in _FOLDERS:
                return
            if kind is not None or not key:
                self.opaque.add(key)
                return


def recorded_tables(database: CatalogDatabase, chain_id: str, diff_ids: Sequence[str]) -> dict[str, LayerTable]:
    """The tables of the layers of a stack, by DiffID: a stack may have a layer twice. Raises Damaged, UnsafePath, LimitExceeded."""
    by_id = _rows(database, diff_ids)
    own = {diff_id: _Layer(by_id.get(diff_id, {})) for diff_id in diff_ids}
    layers = [own[diff_id] for diff_id in diff_ids]
    hidden = database.table(_HIDDEN, {"chain_id": chain_id}).to_pydict()
    marks = [*zip(hidden["layer"], hidden["row"], hidden["hidden_in"], strict=True)]
    for number, row, hidden_in in marks:
        if (
            None in (number, row, hidden_in)
            or not 1 <= number <= len(layers)
            or row not in layers[number - 1].rows
            or hidden_in > len(layers)
        ):
            raise Damaged(tr("the catalog says of a file that is not there that it is hidden"))
        if hidden_in == NOT_THERE:
            layers[number - 1].implied.add(row)
    for number, row, hidden_in in marks:
        if hidden_in > number:
            layers[hidden_in - 1].hides(layers[number - 1].rows[row].key)
    return {diff_id: _table(layer) for diff_id, layer in own.items()}


def recorded_digests(database: CatalogDatabase, diff_ids: Sequence[str]) -> dict[str, dict[bytes, bytes]]:
    """The sha256 of the files of some layers, by DiffID and key; a layer that was added without them has none."""
    found = database.table(
        """
        SELECT c.diff_id, f.folder, f.name, c.sha256 FROM contents c
        JOIN files f ON f.diff_id = c.diff_id AND f.row = c.row
        WHERE list_contains($diff_ids, c.diff_id) AND list_contains($diff_ids, f.diff_id)
        """,
        {"diff_ids": [*set(diff_ids)]},
    ).to_pydict()
    sums: dict[str, dict[bytes, bytes]] = {}
    for diff_id, folder, name, sha256 in zip(*found.values(), strict=True):
        sums.setdefault(diff_id, {})[normalize(_bytes(f"{folder}/{name}"))] = sha256
    return sums


def _rows(database: CatalogDatabase, diff_ids: Sequence[str]) -> dict[str, dict[int, _Row]]:
    """The rows of some layers, by their numbers."""
    found = database.table(_ROWS, {"diff_ids": [*set(diff_ids)]})
    check("entries", found.num_rows, tr("the image has {rows:,} entries", rows=found.num_rows))
    layers: dict[str, dict[int, _Row]] = {}
    for diff_id, number, row in _each(found.to_pydict()):
        layers.setdefault(diff_id, {})[number] = row
    return layers


def _each(columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, int, _Row]]:
    longest = bounds().path
    for diff_id, number, folder, name, word, mode, uid, gid, size, mtime, link, inode in zip(
        *columns.values(), strict=True
    ):
        path = _bytes(f"{folder}/{name}")
        if len(path) > longest:
            raise exceeded("path", tr("a path in a layer has {name:,} bytes", name=len(path)))
        kind = _KINDS.get(word)
        if kind is None or not name or None in (mode, uid, gid, size, mtime):
            raise Damaged(tr("the catalog has an entry of a layer that is none"))
        yield diff_id, number, _Row(normalize(path), kind, mode, uid, gid, size, mtime, link, inode)


def _table(layer: _Layer) -> LayerTable:
    """Links to other layers first, then what is no link, then links to what is there by now."""
    builder = TableBuilder()
    check_table(tr("a layer has"), len(layer.rows), sum(len(row.key) for row in layer.rows.values()))
    links: list[tuple[_Row, bytes]] = []
    for number, row in layer.rows.items():
        if row.inode is None and row.link is not None:
            _link(builder, row, _bytes(row.link))
        elif row.inode is not None and row.inode != number and row.inode in layer.rows:
            links.append((row, layer.rows[row.inode].key))
    for number, row in layer.rows.items():
        if row.kind is Kind.WHITEOUT:
            builder.whiteout(_path(row.key))
        elif row.kind is Kind.PLACE or number in layer.implied or row.inode != number:
            continue  # a place and an implied folder are made with what is in them
        else:
            target = _bytes(row.link or "")
            link = target if row.kind is Kind.SYMLINK else b""
            builder.add(_path(row.key), row.kind, size=row.size, link=link, **_attributes(row))
    for row, target in links:
        _link(builder, row, _path(target))
    # A place in which nothing is was made by the marker of an opaque folder alone.
    above = {row.key.rpartition(b"\0")[0] for row in layer.rows.values()}
    places = {row.key for row in layer.rows.values() if row.kind is Kind.PLACE} - above
    for key in layer.opaque | places:
        builder.opaque(_path(key))
    return builder.build()


def _link(builder: TableBuilder, row: _Row, target: bytes) -> None:
    builder.hardlink(_path(row.key), target, **_attributes(row))


def _attributes(row: _Row) -> dict[str, Any]:
    return {"mode": row.mode, "uid": row.uid, "gid": row.gid, "mtime": row.mtime}


def _path(key: bytes) -> bytes:
    return key.replace(b"\0", b"/")


def _bytes(text: str) -> bytes:
    return unstored(text).encode("utf-8", "surrogateescape")
