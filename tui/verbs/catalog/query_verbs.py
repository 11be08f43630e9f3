"""The commands catalog diff and catalog sql."""

from __future__ import annotations

import click

from layertui.tui.verbs.catalog.catalog_place import database_at, form_of, form_options, place_option, write_answer
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb


@verb("diff", "catalog diff 7d", "catalog diff 2026-01-01 2026-02-01 --json")
@place_option
@form_options
@click.argument("since")
@click.argument("until", default="now")
@pass_context
def diff_catalog_verb(
    context: CliContext, since: str, until: str, *, place: str | None, as_csv: bool, arrow: bool
) -> int:
    """What changed between two times: names that came, went, or mean another image.

    A time is a date, a time as in 2026-01-31T12:00:00Z, how long ago it was (7d, 12h), or now.
    """
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        from layertui.core.catalog.questions.catalog_changes import catalog_changes, time_of

        write_answer(context, catalog_changes(database, time_of(since), time_of(until)), form)
    return 0


@verb(
    "sql",
    "catalog sql 'SELECT type, count(*) FROM packages GROUP BY type'",
    "catalog sql --arrow 'FROM layers' > layers.arrow",
)
@place_option
@form_options
@click.argument("query")
@pass_context
def sql_catalog_verb(context: CliContext, query: str, *, place: str | None, as_csv: bool, arrow: bool) -> int:
    """Answer one SELECT of DuckDB over the tables of the catalog, which docs/catalog.md describes.

    It can read the catalog and nothing else: no file, no network; and it can change nothing.
    """
    form = form_of(context, as_csv=as_csv, arrow=arrow)
    with database_at(context, place) as database:
        write_answer(context, database.read_only(query), form)
    return 0
