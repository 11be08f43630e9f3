"""Files found in all images of a catalog, with the conditions of `find`, and the same answers as `find` image by image.

DuckDB leaves out what cannot match; whatever it cannot decide exactly as `find` does is decided by the same code: globs and regular
expressions. Then the rows of layers meet the stacks that have these layers, which say what shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from layertui.core.bounds import check
from layertui.core.catalog.storage.stored_text import stored, unstored
from layertui.core.catalog.tasks.table_rows import TYPES
from layertui.core.errors import LimitExceeded
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.analysis.search.globs import Glob
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.catalog.storage.catalog_state import StoredFile
    from layertui.core.oci.digest import Digest

_MOST = 2_000_000  # rows of layers that match, and rows of the answer: each takes some hundred bytes of memory
_MARKERS = "('whiteout', 'place')"


class FoundPath(NamedTuple):
    """A file in an image. What is None is not known of a hard link whose inode no layer has."""

    image: str
    path: str
    """Absolute, with surrogate escapes."""
    type: str
    mode: int | None
    uid: int
    gid: int
    size: int | None
    mtime: int
    link: str | None
    layer: int
    diff_id: str
    visible: bool
    hidden_in: int | None


@dataclass(frozen=True)
class CatalogQuery:
    """The conditions of a `find`; the digest stands for the condition on content."""

    files: FileQuery
    digest: Digest | None = None
    images: Glob | None = None
    """Matches the names of the images to search."""


def find_paths(database: CatalogDatabase, query: CatalogQuery) -> Iterator[FoundPath]:
    """What is found: by image, in each in the order of paths, the versions of one from the top layer down.

    Raises UsageError, LimitExceeded for more than can be sorted.
    """
    hits = _hits(database, query)
    if not hits.num_rows:
        return
    database.lend("hits", hits)
    rows = database.table(_JOINED.format(**_joined_conditions(query)), _values(database, query))
    if rows.num_rows >= _MOST:
        raise LimitExceeded(_too_many())
    _check_names(rows)
    yield from _sorted(rows)


def _hits(database: CatalogDatabase, query: CatalogQuery) -> pa.Table:
    """The rows of layers whose name, path and attributes are as asked for; of hard links to other layers name and path alone."""
    files = query.files
    database.only("files", _worth_reading(database, files.name))
    conditions, values = _conditions(query)
    found = database.table(
        f"SELECT f.* FROM files f WHERE {' AND '.join(conditions)} LIMIT {_MOST}",  # noqa: S608  (values are bound)
        values,
    )
    if found.num_rows >= _MOST:
        raise LimitExceeded(_too_many())
    _check_names(found)
    test = _exact(files)
    if test is None:
        return found
    names, folders = found.column("name").to_pylist(), found.column("folder").to_pylist()
    return found.filter(pa.array(test(names, folders), pa.bool_()))


def _check_names(rows: pa.Table) -> None:
    """Raise LimitExceeded for a path, or paths in all, that no table of a layer may have: the rows may be anybody's."""
    folders, names, links = (pc.binary_length(rows.column(name)) for name in ("folder", "name", "link"))
    paths = pc.add(pc.add(folders, names), 1)
    longest = max((pc.max(one).as_py() or 0 for one in (paths, links)), default=0)
    check("path", longest, tr("a path in the catalog has {longest:,} bytes", longest=longest))
    whole = sum(pc.sum(one).as_py() or 0 for one in (paths, links))
    check("names", whole, tr("the paths of what was found have {whole:,} bytes", whole=whole))


def _too_many() -> str:
    return tr("more than {most:,} files match; add conditions, or ask with `catalog sql`", most=_MOST)


def _worth_reading(database: CatalogDatabase, glob: Glob | None) -> Sequence[StoredFile]:
    """The files of the table that may have a name which begins as the glob does."""
    every = database.state.of("files")
    prefix = _text(glob.prefix) if glob is not None and not glob.ignore_case else ""
    return [
        file
        for file in every
        if not prefix
        or not file.first
        or (file.first[: len(prefix)] <= prefix and file.last >= prefix[: len(file.last)])
    ]


def _conditions(query: CatalogQuery) -> tuple[list[str], dict[str, Any]]:
    files = query.files
    conditions = [f"f.type NOT IN {_MARKERS}"]
    values: dict[str, Any] = {}
    if files.name is not None:
        conditions += _glob_conditions(files.name, "f.name", "name", values)
    if files.path is not None:
        conditions += _glob_conditions(files.path, "(f.folder || '/' || f.name)", "path", values)
    if files.regex is not None and files.regex.is_plain:
        values["regex"] = files.regex.text
        # What has a line end or a byte that is no UTF-8 in it is left to the exact test.
        conditions.append(
            "(regexp_matches(f.folder || '/' || f.name, $regex)"
            " OR regexp_matches(f.folder || '/' || f.name, '[\\n\\x{10ff80}-\\x{10ffff}]'))"
        )
    own = _own_conditions(query, values)
    if own:
        conditions.append(f"(f.inode IS NULL OR ({' AND '.join(own)}))")
    if query.digest is not None:
        values["sha256"] = bytes.fromhex(query.digest.encoded)
        conditions.append(
            "(f.inode IS NULL OR (f.diff_id, f.inode) IN (SELECT (diff_id, row) FROM contents WHERE sha256 = $sha256))"
        )
    return conditions, values


def _own_conditions(query: CatalogQuery, values: dict[str, Any], row: str = "f") -> list[str]:
    """Conditions on attributes."""
    files = query.files
    conditions = []
    if files.kind is not None:
        values["type"] = TYPES[files.kind]
        conditions.append(f"{row}.type = $type")
    if files.sizes is not None:
        values["least"], values["most"] = files.sizes.start, files.sizes.stop - 1
        conditions.append(f"{row}.type = 'file' AND {row}.size BETWEEN $least AND $most")
    if files.mode is not None:
        values["mode"] = files.mode
        conditions.append(f"({row}.mode & $mode) = $mode")
    if files.uid is not None:
        values["uid"] = files.uid
        conditions.append(f"{row}.uid = $uid")
    if query.digest is not None:
        conditions.append(f"{row}.type = 'file'")
    return conditions


def _glob_conditions(glob: Glob, column: str, key: str, values: dict[str, Any]) -> list[str]:
    """What each match has; all that there is to say of one that is literal, or literal but for stars at its ends."""
    if glob.ignore_case:
        return []
    if glob.is_literal:
        values[key] = _text(glob.prefix)
        return [f"{column} = ${key}"]
    conditions = []
    for part, test in (("prefix", "starts_with"), ("suffix", "ends_with"), ("longest", "contains")):
        if text := _text(getattr(glob, part)):
            values[f"{key}_{part}"] = text
            conditions.append(f"{test}({column}, ${key}_{part})")
    return conditions


def _text(literal: bytes) -> str:
    return stored(literal.decode("utf-8", "surrogateescape"))


def _exact(files: FileQuery) -> Callable[[Sequence[str], Sequence[str]], list[bool]] | None:
    """The test of names and folders by the code of `find`; None where DuckDB has decided all."""
    name = files.name if files.name is not None and not _is_decided(files.name) else None
    path = files.path if files.path is not None and not _is_decided(files.path) else None
    regex = files.regex
    if name is None and path is None and regex is None:
        return None

    def test(names: Sequence[str], folders: Sequence[str]) -> list[bool]:
        fits = [True] * len(names)
        if name is not None:
            known = {one: name.matches(unstored(one)) for one in set(names)}
            fits = [known[one] for one in names]
        if path is not None or regex is not None:
            paths = [unstored(f"{folder}/{one}") for folder, one in zip(folders, names, strict=True)]
            if path is not None:
                fits = [fit and path.matches(one) for fit, one in zip(fits, paths, strict=True)]
            if regex is not None:
                found = set(regex.found_in([one.encode("utf-8", "surrogateescape") for one in paths]))
                fits = [fit and at in found for at, fit in enumerate(fits)]
        return fits

    return test


def _is_decided(glob: Glob) -> bool:
    return not glob.ignore_case and (glob.is_literal or glob.is_longest)


# ---------------------------------------------------------------- from layers to images

_JOINED = """
    WITH wanted AS (SELECT chain_id, image FROM images WHERE {images}),
    there AS (
        SELECT s.chain_id, s.layer, h.* FROM hits h JOIN stack_layers s ON s.diff_id = h.diff_id
        WHERE s.chain_id IN (SELECT chain_id FROM wanted) AND {number}
    ),
    resolved AS (
        SELECT t.chain_id, t.layer, t.diff_id, t.folder, t.name, coalesce(l.link, t.link) AS link, t.row,
            coalesce(l.type, t.type) AS type, coalesce(l.mode, t.mode) AS mode, coalesce(l.uid, t.uid) AS uid,
            coalesce(l.gid, t.gid) AS gid, coalesce(l.size, t.size) AS size, coalesce(l.mtime, t.mtime) AS mtime,
            t.inode IS NULL AS is_linked, l.inode_diff_id, l.inode_row
        FROM there t LEFT JOIN linked l
            ON t.inode IS NULL AND l.chain_id = t.chain_id AND l.layer = t.layer AND l.row = t.row
    )
    SELECT w.image, r.*, x.hidden_in FROM resolved r
    LEFT JOIN hidden x ON x.chain_id = r.chain_id AND x.layer = r.layer AND x.row = r.row
    JOIN wanted w ON w.chain_id = r.chain_id
    WHERE (x.hidden_in IS NULL OR ({hidden} AND x.hidden_in > 0)) AND (NOT is_linked OR ({linked})) AND {package}
    LIMIT {most}
"""


def _joined_conditions(query: CatalogQuery) -> dict[str, Any]:
    files = query.files
    linked = _own_conditions(query, {}, "r")
    if query.digest is not None:
        linked.append("(r.inode_diff_id, r.inode_row) IN (SELECT (diff_id, row) FROM contents WHERE sha256 = $sha256)")
    owned = (
        "EXISTS (SELECT 1 FROM owned o WHERE o.package = $package AND o.chain_id = r.chain_id AND o.layer = r.layer"
        " AND r.row BETWEEN o.first AND o.last)"
    )
    return {
        "images": "true" if query.images is None else "list_contains($images, image)",
        "number": "true" if files.layer is None else "s.layer = $number",
        # Of what does not show no package is known.
        "hidden": "true" if files.hidden and files.package is None else "false",
        "linked": " AND ".join(linked) or "true",
        "package": "true" if files.package is None else owned,
        "most": _MOST,
    }


def _values(database: CatalogDatabase, query: CatalogQuery) -> dict[str, Any]:
    files = query.files
    values: dict[str, Any] = {}
    _own_conditions(query, values)
    if query.digest is not None:
        values["sha256"] = bytes.fromhex(query.digest.encoded)
    if files.layer is not None:
        values["number"] = files.layer
    if files.package is not None:
        values["package"] = stored(files.package)
    if query.images is not None:
        values["images"] = [
            one for one in database.texts("SELECT image FROM images") if query.images.matches(unstored(one))
        ]
    return values


def _sorted(rows: pa.Table) -> Iterator[FoundPath]:
    columns = rows.to_pydict()
    paths = [unstored(f"{folder}/{name}") for folder, name in zip(columns["folder"], columns["name"], strict=True)]
    # Tree order is that of components, as bytes.
    keys = [path.encode("utf-8", "surrogateescape").replace(b"/", b"\0") for path in paths]
    images, layers = columns["image"], columns["layer"]
    hidden = columns["hidden_in"]
    for at in sorted(range(len(paths)), key=lambda at: (images[at], keys[at], hidden[at] is not None, -layers[at])):
        link = columns["link"][at]
        yield FoundPath(
            unstored(images[at]),
            paths[at],
            columns["type"][at],
            columns["mode"][at],
            columns["uid"][at],
            columns["gid"][at],
            columns["size"][at],
            columns["mtime"][at],
            None if link is None else unstored(link),
            layers[at],
            columns["diff_id"][at],
            hidden[at] is None,
            hidden[at],
        )
