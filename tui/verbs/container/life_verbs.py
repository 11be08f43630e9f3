"""The commands pause, unpause, restart and rename."""

from __future__ import annotations

import click

from layertui.tui.verbs.container.container_verbs import act_on_each
from layertui.tui.verbs.container.run_verbs import grace_option
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words


@verb("pause", "pause kind_banzai")
@words("names", metavar="NAME...")
@pass_context
def pause_verb(context: CliContext, names: tuple[str, ...]) -> int:
    """Pause all processes of containers, by a cgroup freezer, else by signals: `ps` shows which."""
    return act_on_each(context, names, context.inspector.containers.lifecycle.pause)


@verb("unpause", "unpause kind_banzai")
@words("names", metavar="NAME...")
@pass_context
def unpause_verb(context: CliContext, names: tuple[str, ...]) -> int:
    """Resume paused containers."""
    return act_on_each(context, names, context.inspector.containers.lifecycle.unpause)


@verb("restart", "restart -t 2 kind_banzai")
@grace_option
@words("names", metavar="NAME...")
@pass_context
def restart_verb(context: CliContext, names: tuple[str, ...], seconds: int | None) -> int:
    """Stop running containers, and start them again."""
    return act_on_each(
        context, names, lambda name: context.inspector.containers.lifecycle.restart(name, seconds, context.progress())
    )


@verb("rename", "rename kind_banzai web")
@click.argument("name")
@click.argument("new")
@pass_context
def rename_verb(context: CliContext, name: str, new: str) -> None:
    """Give a container another name."""
    renamed = context.inspector.containers.rename(name, new)
    context.done(id=renamed.id, name=renamed.name)
