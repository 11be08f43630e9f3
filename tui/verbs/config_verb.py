"""The command config: every setting, its value, and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from layertui.tui.common.format import one_line
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb

if TYPE_CHECKING:
    from layertui.core.settings import Settings


@verb("config", "config", "config --path", "config --json")
@click.option("--path", "only_path", is_flag=True, help="Print only the path of config.toml, whether it exists or not.")
@pass_context
def config_verb(context: CliContext, only_path: bool) -> None:
    """List all settings with their values; and where each comes from: the default, config.toml, a variable, an option."""
    if only_path and context.json:
        context.out.document({"path": str(context.settings.config.path)})
    elif only_path:
        context.out.line(one_line(str(context.settings.config.path)))
    elif context.json:
        context.out.document(_object(context.settings))
    else:
        context.out.table(["SETTING", "VALUE", "FROM"], _lines(context.settings))
    if context.settings.config.keys and not only_path:
        from layertui.tui.app import LayerTui
        from layertui.tui.screens.shared.key_check import key_problems

        for line in key_problems(context.settings.config, LayerTui):
            context.warn(line)


def _object(settings: Settings) -> dict[str, Any]:
    """The answer as JSON; a setting without a value is null, a limit of 0 is none."""
    return {
        "path": str(settings.config.path),
        "found": settings.config.found,
        "problem": settings.config.refusal or None,
        "settings": list(_rows(settings)),
    }


def _lines(settings: Settings) -> Iterator[list[str]]:
    for row in _rows(settings):
        yield [one_line(row["name"]), _shown(row["value"]), one_line(row["where"] or "default")]


def _rows(settings: Settings) -> Iterator[dict[str, Any]]:
    from layertui.core.bounds import NONE

    for name, choice in settings.choices.items():
        value = choice.value
        if name.startswith("limits."):
            value = getattr(settings.bounds, name.removeprefix("limits."))
            value = 0 if value == NONE else value
        elif name == "store":
            value = str(settings.store)
        yield {"name": name, "value": value, "source": choice.source, "where": choice.where or None}
    for action, written in settings.config.keys.items():
        where = f"{settings.config.path}:{written.line}"
        yield {"name": f"keys.{action}", "value": written.value, "source": "file", "where": where}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else one_line(str(value))
