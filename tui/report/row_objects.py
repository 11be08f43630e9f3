"""Rows of `ls` in batches, from the columns of a View directly to JSON or text.

A list of all files can have a million rows. Files and folders, nearly all of them, are written from the columns without
an object for each; links, devices, attributes and removals go through an Entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quote
from typing import TYPE_CHECKING, Any

import numpy as np

from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import numbers_in
from layertui.core.layers.table.entry import Change, Entry, Kind
from layertui.core.layers.table.layer_table import HARDLINK, OPAQUE
from layertui.tui.common.format import mode_text, mtime_text, octal, safe
from layertui.tui.report.json_output import json_bytes

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column

# Rows per batch: enough for numpy to be faster, few enough for little memory.
BATCH = 2048

DigestOf = Callable[[Entry], str | None]


def entry_object(entry: Entry, sha256: str | None = None, *, digests: bool = False) -> dict[str, Any]:
    """One row of `ls --json`. A removed path has a type, if known, and no attributes."""
    gone = entry.change is Change.REMOVED
    row: dict[str, Any] = {
        "path": entry.path,
        "type": None if entry.kind is Kind.WHITEOUT else entry.kind.word,
        "mode": octal(entry.mode),
        "uid": entry.uid,
        "gid": entry.gid,
        "uname": entry.uname,
        "gname": entry.gname,
        "size": entry.size,
        "mtime": entry.mtime,
        "mtime_ns": entry.mtime_ns,
        "link": entry.link,
        "hardlink_to": entry.hardlink_to,
        "dev": None if entry.dev is None else f"{entry.dev[0]}:{entry.dev[1]}",
        "xattrs": {name: value.hex() for name, value in entry.xattrs.items()},
        "layer": entry.layer,
        "change": entry.change.word,
    }
    if gone:
        row |= dict.fromkeys(set(row) - {"path", "type", "layer", "change"})
    if entry.opaque:
        row["opaque"] = True
    if digests:
        row["sha256"] = None if gone else sha256
    return row


def json_rows(view: View, indexes: Sequence[int] | Column, digest_of: DigestOf | None = None) -> Iterator[str]:
    """Rows as JSON: texts with one or more rows, separated by a comma and a line end."""
    if digest_of is not None:
        for index in indexes:
            entry = view.entry(int(index))
            yield json_bytes(entry_object(entry, digest_of(entry), digests=True)).decode()
        return
    for batch in _batches(view, indexes, _quoted):
        yield ",\n".join(batch.json())


def json_each(view: View, indexes: Sequence[int] | Column) -> Iterator[str]:
    """Rows as JSON, one per text."""
    for batch in _batches(view, indexes, _quoted):
        yield from batch.json()


def _quoted(text: str) -> str:
    return quote(text)[1:-1]


def text_rows(view: View, indexes: Sequence[int] | Column, *, long: bool, marked: bool) -> Iterator[str]:
    """Rows as lines, one or more per text: paths only, or as `ls -l` with the change mark and the layer."""
    width = _number_width(view, indexes) if long else 0
    for batch in _batches(view, indexes, safe):
        yield "\n".join(batch.long(width) if long else batch.short(marked=marked))


def _number_width(view: View, indexes: Sequence[int] | Column) -> int:
    """The width of the size column."""
    sizes = view.size[np.asarray(indexes, np.int64)]
    return max(len(str(int(sizes.max()))) if len(sizes) else 1, 6)


def _batches(view: View, indexes: Sequence[int] | Column, spell: Callable[[str], str]) -> Iterator[_Batch]:
    wanted = np.asarray(indexes, np.int64)
    paths = view.paths(spell) if len(wanted) > BATCH else None
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        if paths is None:
            yield _Batch(view, some, [spell(path) for path in view.paths_of(some)])
        else:
            yield _Batch(view, some, [paths[index] for index in some.tolist()])


class _Batch:
    """Some rows of a view, with their paths and columns as lists."""

    def __init__(self, view: View, indexes: Column, paths: list[str]) -> None:
        self.view, self.paths = view, paths
        self.indexes: list[int] = indexes.tolist()
        self.shown = view.shown[indexes]
        self.kinds: list[int] = view.kind[indexes].tolist()
        self.sizes: list[int] = view.size[indexes].tolist()
        self.layers: list[int] = view.layer[indexes].tolist()
        self.changes: list[int] = view.change[indexes].tolist()
        self.plain: list[bool] = self._plain(indexes).tolist()

    def _plain(self, indexes: Column) -> Column:
        """Which rows have no attributes besides the columns."""
        stack = self.view.stack
        kind = self.view.kind[indexes]
        plain: Column = ((kind == Kind.FILE) | (kind == Kind.DIR)) & (self.view.change[indexes] != Change.REMOVED)
        plain &= (stack.flags[self.shown] & HARDLINK) == 0
        plain &= (stack.flags[self.view.own[indexes]] & OPAQUE) == 0
        layers, rows = stack.layer[self.shown], stack.row[self.shown]
        for number in numbers_in(layers):
            xattrs = stack.table(number).xattrs
            if len(xattrs):
                plain &= ~((layers == number) & np.isin(rows, xattrs.rows))
        return plain

    def _column(self, name: str) -> list[int]:
        column: list[int] = self.view.stack.column(name, self.shown).tolist()
        return column

    def json(self) -> Iterator[str]:
        owners = self._owners()
        numbers = zip(
            self.plain, self.indexes, self.paths, self.kinds, self._column("mode"), owners, self._column("uid"),
            self._column("gid"), self.sizes, self._column("mtime"), self._column("mtime_ns"), self.layers, self.changes,
            strict=True,
        )  # fmt: skip
        for plain, index, path, kind, mode, owner, uid, gid, size, mtime, mtime_ns, layer, change in numbers:
            if plain:
                yield (
                    f'{{"path":"{path}",{_head(kind, mode, uid, gid, *owner)},"size":{size},"mtime":{mtime},'
                    f'"mtime_ns":{mtime_ns},"link":null,"hardlink_to":null,"dev":null,"xattrs":{{}},{_tail(layer, change)}}}'
                )
            else:
                yield json_bytes(entry_object(self.view.entry(index))).decode()

    def _owners(self) -> list[tuple[str, str]]:
        """User and group name of each row."""
        stack = self.view.stack
        named = [layer.table.owners for layer in stack.layers]
        layers: list[int] = stack.layer[self.shown].tolist()
        return [named[layer - 1][owner] for layer, owner in zip(layers, self._column("owner"), strict=True)]

    def short(self, *, marked: bool) -> Iterator[str]:
        if not marked:
            return iter(self.paths)
        return (f"{' AMD'[change]} {path}" for change, path in zip(self.changes, self.paths, strict=True))

    def long(self, width: int) -> Iterator[str]:
        columns = zip(
            self.plain, self.indexes, self.paths, self.kinds, self._column("mode"), self._column("uid"),
            self._column("gid"), self.sizes, self._column("mtime"), self.layers, self.changes, strict=True,
        )  # fmt: skip
        for plain, index, path, kind, mode, uid, gid, size, mtime, layer, change in columns:
            if plain:
                head = _long_head(kind, mode, uid, gid)
                yield f"{head} {size:>{width}} {mtime_text(mtime)} {' AMD'[change]} {layer:>3} {path}"
            else:
                yield long_line(self.view.entry(index), width)


@lru_cache(maxsize=65536)
def _head(kind: int, mode: int, uid: int, gid: int, uname: str, gname: str) -> str:
    return (
        f'"type":"{Kind(kind).word}","mode":"{octal(mode)}","uid":{uid},"gid":{gid},'
        f'"uname":{quote(uname)},"gname":{quote(gname)}'
    )


@lru_cache(maxsize=4096)
def _tail(layer: int, change: int) -> str:
    return f'"layer":{layer},"change":"{Change(change).word}"'


@lru_cache(maxsize=65536)
def _long_head(kind: int, mode: int, uid: int, gid: int) -> str:
    owner = f"{uid}:{gid}"
    return f"{mode_text(kind, mode)} {owner:>9}"


def long_line(entry: Entry, width: int) -> str:
    """One entry as in `ls -l`, with change mark and layer; a removed path has no attributes."""
    name = safe(entry.path)
    layer = entry.layer or 0
    if entry.change is Change.REMOVED:
        return f"{'-':<10} {'-':>9} {'-':>{width}} {'-':<16} D {layer:>3} {name}"
    if entry.link is not None:
        name += f" -> {safe(entry.link)}"
    elif entry.hardlink_to is not None:
        name += tr(" link to {hardlink_to}", hardlink_to=safe(entry.hardlink_to))
    if entry.opaque:
        name += "  (emptied)"
    size = f"{entry.dev[0]},{entry.dev[1]}" if entry.dev is not None else str(entry.size)
    head = _long_head(entry.kind, entry.mode, entry.uid, entry.gid)
    return f"{head} {size:>{width}} {mtime_text(entry.mtime)} {entry.change.letter} {layer:>3} {name}"
