"""Which images have a package, in which versions: by name, and by a range of versions in its package manager's own order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from layertui.core.analysis.packages.versions.version_range import is_within, version_range
from layertui.core.analysis.search.globs import Glob
from layertui.core.catalog.storage.stored_text import unstored
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase

_WANTED = re.compile(r"\s*([^\s<>=!]+)\s*([<>=!].*)?", re.DOTALL)


def catalog_packages(database: CatalogDatabase, wanted: str | None, *, hidden: bool = False) -> tuple[pa.Table, int]:
    """The packages that are wanted, `NAME` (a glob) or `NAME < VERSION`, by image; all for None.

    With ``hidden`` also those that upper layers remove or replace. Beside them how many were left out as their version cannot be
    compared. Raises UsageError.
    """
    match = _WANTED.fullmatch(wanted) if wanted is not None else None
    if wanted is not None and match is None:
        raise UsageError(tr("{wanted!r}: write NAME, or NAME < VERSION", wanted=wanted))
    try:
        limits = version_range(match[2]) if match is not None and match[2] else ()
    except ValueError as error:
        raise UsageError(f"{wanted!r}: {error}") from None
    versions = database.rows("SELECT DISTINCT name, type, version FROM packages")
    if match is not None:
        glob = Glob(match[1])
        _ = glob.expression
        versions = [row for row in versions if glob.matches(unstored(row["name"]))]
    kept, unknown = [], 0
    for row in versions:
        try:
            if not limits or is_within(row["type"], unstored(row["version"]), limits):
                kept.append(row)
        except ValueError:
            unknown += 1
    schema = pa.schema({"name": pa.string(), "type": pa.string(), "version": pa.string()})
    database.lend("kept", pa.Table.from_pylist(kept, schema=schema))
    shown = "true" if hidden else "p.hidden_in IS NULL"
    table = database.table(
        f"""
        SELECT i.image, p.type, p.name, p.version, p.arch, p.layer, s.diff_id, p.size, p.hidden_in
        FROM packages p JOIN kept k ON k.name = p.name AND k.type = p.type AND k.version = p.version
        JOIN images i ON i.chain_id = p.chain_id
        JOIN stack_layers s ON s.chain_id = p.chain_id AND s.layer = p.layer
        WHERE {shown} ORDER BY i.image, p.layer, p.type, p.name, p.version, p.arch
        """  # noqa: S608  (texts of ours)
    )
    return table, unknown
