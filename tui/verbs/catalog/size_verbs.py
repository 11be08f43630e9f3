"""The commands catalog bases, sizes, layers and would-free."""

from __future__ import annotations

import click

from layertui.tui.common.format import safe, size
from layertui.tui.verbs.catalog.catalog_place import database_at, form_of, form_options, place_option, write_answer
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words


@verb("bases", "catalog bases", "catalog bases --json")
@place_option
@click.option("--outdated", is_flag=True, help="Only bases that a newer one has replaced.")
@form_options
@pass_context
def bases_catalog_verb(context: CliContext, *, place: str | None, outdated: bool, as_csv: bool, arrow: bool) -> int:
    """Which images stand on which base, and which bases are outdated.

    A base is the longest run of an image's lower layers that is an image of its own, now or once; where there is none, that several
    images have in common. It is outdated where its name means another image now, or its repository has a newer one.
    """
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        from layertui.core.catalog.questions.image_bases import image_bases

        table = image_bases(database)
        if outdated:
            table = table.filter(table.column("outdated"))
        write_answer(context, table, form)
    return 0


@verb("sizes", "catalog sizes", "catalog sizes --by step", "catalog sizes --by label:maintainer --csv")
@place_option
@click.option("--by", default="repository", metavar="WHAT", help="repository (the default), step, or label:KEY.")
@form_options
@pass_context
def sizes_catalog_verb(context: CliContext, *, place: str | None, by: str, as_csv: bool, arrow: bool) -> int:
    """Where the bytes of files go: by repository, build step or label.

    Unique bytes are of layers that no other row has, shared ones of the rest; wasted bytes show in none of the row's images.
    """
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        from layertui.core.catalog.questions.catalog_sizes import catalog_sizes

        write_answer(context, catalog_sizes(database, by), form)
    return 0


@verb("layers", "catalog layers", "catalog layers --json")
@place_option
@form_options
@pass_context
def layers_catalog_verb(context: CliContext, *, place: str | None, as_csv: bool, arrow: bool) -> int:
    """All layers of the catalog, the largest first, and how many images have each."""
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        from layertui.core.catalog.questions.catalog_sizes import catalog_layers

        write_answer(context, catalog_layers(database), form)
    return 0


@verb(
    "would-free",
    "catalog would-free docker://registry.example.com/team/old:1.0",
    "catalog would-free --csv docker://registry.example.com/team/old:1.0",
)
@place_option
@form_options
@words("images", metavar="IMAGE...")
@pass_context
def would_free_catalog_verb(
    context: CliContext, images: tuple[str, ...], *, place: str | None, as_csv: bool, arrow: bool
) -> int:
    """What would be free without some images: bytes of files in the layers that no other image of the catalog has.

    CSV and Arrow have a row for each of these layers, the rest has their sum, too.
    """
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        from layertui.core.catalog.questions.catalog_sizes import would_free

        answer = would_free(database, images)
    if form != "text":
        import pyarrow as pa

        kinds = {"diff_id": pa.string(), "bytes": pa.int64(), "stored_bytes": pa.int64()}
        write_answer(context, pa.Table.from_pylist(answer["layers"], schema=pa.schema(kinds)), form)
        return 0
    if context.json:
        context.out.document(answer)
        return 0
    layers = answer["layers"]
    context.out.line(
        f"{answer['bytes']} bytes of files ({size(answer['bytes'])}) in {len(layers)} layers,"
        f" stored in {size(answer['stored_bytes'])}"
    )
    context.out.lines(f"{safe(row['diff_id'])}  {size(row['bytes'])}" for row in layers)
    return 0
