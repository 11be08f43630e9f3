"""The commands catalog find and catalog packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.tui.common.format import mode_text, octal, safe
from layertui.tui.report.json_output import json_bytes
from layertui.tui.verbs.catalog.catalog_place import (
    csv_lines,
    database_at,
    form_of,
    form_options,
    place_option,
    write_answer,
)
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words
from layertui.tui.verbs.shared.file_conditions import condition_options, content_digest, file_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.catalog.questions.find_paths import FoundPath


@verb(
    "find",
    "catalog find --name 'log4j-core-*.jar'",
    "catalog find --mode 4000 --type f --image '*/team/*'",
    "catalog find --digest 3b5d… --hidden --json",
)
@place_option
@condition_options
@click.option("--layer", type=click.IntRange(min=1), metavar="N", help="Added or changed last by this layer.")
@click.option("--digest", metavar="SHA256", help="Files with this content.")
@click.option("--package", metavar="NAME", help="Files that this package owns: dpkg, apk, rpm, Python, Node, Go, Java.")
@click.option("--hidden", is_flag=True, help="Also versions that upper layers hide or remove; -l marks them.")
@click.option("--image", "images", metavar="GLOB", help="Only in images whose names match.")
@click.option("-l", "--long", is_flag=True, help="Mode, owner, size and layer of each.")
@form_options
@pass_context
def find_catalog_verb(
    context: CliContext,
    /,
    *,
    place: str | None,
    digest: str | None,
    images: str | None,
    long: bool,
    as_csv: bool,
    arrow: bool,
    **conditions: Any,
) -> int:
    """Find files in all images of the catalog; every condition must hold. The conditions are those of `layertui find`."""
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    wanted = content_digest(digest) if digest is not None else None
    files = file_query(**conditions)
    with database_at(context, place) as database:
        from layertui.core.analysis.search.globs import Glob
        from layertui.core.catalog.questions.find_paths import CatalogQuery, find_paths

        glob = Glob(images) if images is not None else None
        if glob is not None:
            _ = glob.expression
        found = find_paths(database, CatalogQuery(files, wanted, glob))
        if context.json:
            context.out.array(json_bytes(_object(one)).decode() for one in found)
        elif form == "csv":
            rows = ([*_object(one).values()] for one in found)
            context.out.pieces(csv_lines(list(_COLUMNS), rows))
        elif form == "arrow":
            _write_arrow(context, found)
        else:
            context.out.lines(_line(one, long=long) for one in found)
    return 0


_COLUMNS = {
    "image": "string",
    "path": "string",
    "type": "string",
    "mode": "string",
    "uid": "int64",
    "gid": "int64",
    "size": "int64",
    "mtime": "int64",
    "link": "string",
    "layer": "int64",
    "diff_id": "string",
    "visible": "bool",
    "hidden_in": "int64",
}


def _object(one: FoundPath) -> dict[str, Any]:
    return {**one._asdict(), "mode": None if one.mode is None else octal(one.mode)}


def _line(one: FoundPath, *, long: bool) -> str:
    if not long:
        return f"{safe(one.image)}:{safe(one.path)}"
    link = f" -> {safe(one.link)}" if one.link is not None and one.type == "symlink" else ""
    from layertui.core.layers.table.entry import Kind

    kind = next((kind for kind in Kind if kind.word == one.type), None)
    if kind is None:
        raise Damaged(tr("the catalog has an entry of a layer that is none"))
    hidden = "" if one.visible else tr("  (hidden in {hidden_in})", hidden_in=one.hidden_in)
    owner = f"{one.uid}:{one.gid}"
    return tr(
        "{image}: {mode_text}  {owner:>9}  {size:>12}  layer {layer}  {path}{link}{hidden}",
        image=safe(one.image),
        mode_text=mode_text(kind, one.mode or 0),
        owner=owner,
        size=one.size or 0,
        layer=one.layer,
        path=safe(one.path),
        link=link,
        hidden=hidden,
    )


def _write_arrow(context: CliContext, found: Iterable[FoundPath]) -> None:
    import pyarrow as pa

    from layertui.core.catalog.storage.stored_text import stored

    schema = pa.schema({name: getattr(pa, "bool_" if kind == "bool" else kind)() for name, kind in _COLUMNS.items()})
    spelled = (
        replace_texts(_object(one), stored)  # a column of text is UTF-8
        for one in found
    )
    write_answer(context, pa.Table.from_pylist(list(spelled), schema=schema), "arrow")


def replace_texts(row: dict[str, Any], spell: Any) -> dict[str, Any]:
    """A row with each text as it is spelled."""
    return {name: spell(value) if isinstance(value, str) else value for name, value in row.items()}


@verb("packages", "catalog packages", "catalog packages 'openssl < 3.0.15'", "catalog packages 'log4j-*' --json")
@place_option
@click.option("--hidden", is_flag=True, help="Also packages that upper layers remove or replace.")
@form_options
@words("wanted", required=False, metavar="[NAME | 'NAME < VERSION']")
@pass_context
def packages_catalog_verb(
    context: CliContext, wanted: tuple[str, ...], *, place: str | None, hidden: bool, as_csv: bool, arrow: bool
) -> int:
    """Which images have a package, and in which version.

    NAME is a glob. A version is compared in the order of its package manager: < <= = != >= >, several with commas between them.
    """
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        from layertui.core.catalog.questions.catalog_packages import catalog_packages

        table, unknown = catalog_packages(database, " ".join(wanted) or None, hidden=hidden)
        write_answer(context, table, form)
    if unknown:
        context.warn(tr("{unknown} versions cannot be compared, and are left out", unknown=unknown))
    return 0
