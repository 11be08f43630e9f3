"""Verbs for a container's life between its start and its end: pause, unpause, restart; and rename, at any time."""

from __future__ import annotations

import click

from layertui.tui.verbs.container.container_verbs import act_on_each
from layertui.tui.verbs.container.run_verbs import grace_option
from layertui.tui.verbs.shared.cli_context import Asked, pass_asked, verb, words


@verb("pause", "pause kind_banzai")
@words("names", metavar="NAME...")
@pass_asked
def pause_verb(asked: Asked, names: tuple[str, ...]) -> int:
    """Make all processes of containers stand still; by a freezer, else by signals: `ps` tells which."""
    return act_on_each(asked, names, asked.inspector.containers.lifecycle.pause)


@verb("unpause", "unpause kind_banzai")
@words("names", metavar="NAME...")
@pass_asked
def unpause_verb(asked: Asked, names: tuple[str, ...]) -> int:
    """Let paused containers go on."""
    return act_on_each(asked, names, asked.inspector.containers.lifecycle.unpause)


@verb("restart", "restart -t 2 kind_banzai")
@grace_option
@words("names", metavar="NAME...")
@pass_asked
def restart_verb(asked: Asked, names: tuple[str, ...], seconds: int | None) -> int:
    """Stop containers that run, and start them again."""
    return act_on_each(
        asked, names, lambda name: asked.inspector.containers.lifecycle.restart(name, seconds, asked.progress())
    )


@verb("rename", "rename kind_banzai web")
@click.argument("name")
@click.argument("new")
@pass_asked
def rename_verb(asked: Asked, name: str, new: str) -> None:
    """Give a container another name."""
    renamed = asked.inspector.containers.rename(name, new)
    asked.done(id=renamed.id, name=renamed.name)
