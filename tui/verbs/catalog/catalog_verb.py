"""The command catalog: a group of subcommands, each imported when it is called."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from layertui.core.language.texts import tr
from layertui.core.nearest_name import did_you_mean
from layertui.tui.verbs.shared.cli_context import HelpContext, Verb, global_options, translate_help

# Each subcommand and the module that has it.
SUBCOMMANDS = {
    **dict.fromkeys(("add", "compact"), "add_verbs"),
    **dict.fromkeys(("find", "packages"), "search_verbs"),
    **dict.fromkeys(("bases", "sizes", "layers", "would-free"), "size_verbs"),
    **dict.fromkeys(("diff", "sql"), "query_verbs"),
}


class CatalogVerbs(click.Group):
    """The verb `catalog`, a group of verbs of its own, each imported when it is called."""

    context_class = HelpContext

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        translate_help(self)

    examples: Sequence[str] = (
        "layertui catalog add 'docker://registry.example.com/team/*'",
        "layertui catalog find --name 'log4j-core-*.jar'",
        "layertui catalog packages 'openssl < 3.0.15'",
    )

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        """The same in every context, as Verb has it."""
        return ["-h", "--help"]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands, for --help."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A subcommand, its module imported now."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = import_module(f"layertui.tui.verbs.catalog.{SUBCOMMANDS[cmd_name]}")
        command: Verb = getattr(module, f"{cmd_name.replace('-', '_')}_catalog_verb")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand. Raises UsageError for another word, with the nearest one."""
        if args[0] not in SUBCOMMANDS:
            nearest = did_you_mean(args[0], SUBCOMMANDS, tr("`layertui catalog --help` lists them"))
            raise click.UsageError(
                tr("{args!r} is no subcommand of catalog; {nearest}", args=args[0], nearest=nearest), ctx
            )
        return super().resolve_command(ctx, args)


@click.group(
    "catalog",
    cls=CatalogVerbs,
    params=global_options(),
    subcommand_metavar="SUBCOMMAND ...",
    options_metavar="[OPTIONS]",
    no_args_is_help=True,
)
def catalog_verb() -> int:
    """Ask about many images at once.

    `catalog add` reads them into a catalog, each layer once. It is a folder of Parquet files, here or at any URL that fsspec knows; see docs/catalog.md.

    Needs the extra `catalog`: `pipx install 'layertui[catalog]'`.
    """
    return 0
