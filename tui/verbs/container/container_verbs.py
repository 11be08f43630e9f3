"""The commands ps, create, rm and namespaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from layertui.core.language.texts import tr
from layertui.tui.verbs.container.create_verbs import create_options, options_from
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words


@verb("ps", "ps -a")
@click.option("-a", "--all", "every", is_flag=True, help="Also containers that are not running.")
@click.option("-q", "--quiet", is_flag=True, help="Print only IDs.")
@click.option("--no-trunc", is_flag=True, help="Print IDs and commands in full.")
@pass_context
def ps_verb(context: CliContext, every: bool, quiet: bool, no_trunc: bool) -> None:
    """List containers, the newest first."""
    from layertui.tui.report.container_report import container_lines, sizes

    found = [container for container in context.inspector.containers.list() if every or container.state.alive]
    if context.json:
        context.out.document(sizes(found, context.inspector.containers.files.own_size, context.warn))
    elif quiet:
        context.out.lines(container.id if no_trunc else container.short_id for container in found)
    else:
        context.out.lines(container_lines(found, full=no_trunc))


@verb("create", "create -ti busybox sh", "create --name web -e PORT=8080 demo:2.0", takes_command=True)
@create_options
@click.argument("image")
@words("command", required=False, metavar="[CMD...]")
@pass_context
def create_verb(context: CliContext, /, image: str, command: tuple[str, ...], **given: Any) -> None:
    """Make a container: the image and a writable layer on top. Nothing runs; its ID is printed."""
    from layertui.tui.verbs.image_verbs import print_id

    print_id(
        context,
        context.inspector.containers.create(image, options_from(context, command, given), context.progress()).id,
    )


@verb("rm", "rm kind_banzai")
@click.option("-f", "--force", is_flag=True, help="Even if it runs.")
@click.option(
    "-v",
    "--volumes",
    is_flag=True,
    help="Also remove anonymous volumes; default: they are kept and given a name.",
)
@words("names", metavar="NAME...")
@pass_context
def rm_verb(context: CliContext, force: bool, volumes: bool, names: tuple[str, ...]) -> int:
    """Remove containers and their writable layers. Named volumes are kept."""
    from layertui.core.errors import NotFound
    from layertui.tui.common.format import safe

    def remove(name: str) -> None:
        for kept in context.inspector.containers.remove(name, force=force, volumes=volumes):
            context.warn(
                tr(
                    "{name}: what lay in {path} is kept as a volume; `layertui gc --volume {name2}` removes it",
                    name=safe(name),
                    path=safe(kept.path),
                    name2=kept.name,
                )
            )

    # By force is how a script makes sure that there is none: docker reports one that is missing, and exits with 0.
    forgiven = (NotFound,) if force else ()
    return act_on_each(context, names, remove, forgiven=forgiven)


@verb("namespaces", "namespaces kind_banzai")
@click.argument("name")
@pass_context
def namespaces_verb(context: CliContext, name: str) -> None:
    """Show a container's namespaces beside the host's; the folder that each layer of its root lies in, and its mounts."""
    from layertui.tui.report.container_report import mounts_lines, mounts_object, namespaces_lines, namespaces_object

    found, table = (
        context.inspector.containers.observation.namespaces(name),
        context.inspector.containers.observation.mounts(name),
    )
    if context.json:
        context.out.document({**namespaces_object(found), **mounts_object(table)})
    else:
        context.out.lines([*namespaces_lines(found), *mounts_lines(table)])


def act_on_each(
    context: CliContext,
    names: tuple[str, ...],
    act: Callable[[str], object],
    *,
    forgiven: tuple[type[Exception], ...] = (),
) -> int:
    """Do something to each container, and print the names for which it went well, as docker does."""
    done: list[str] = []

    def one(name: str) -> None:
        act(name)
        done.append(name)
        if not context.json:
            from layertui.tui.common.format import safe

            context.out.line(safe(name))

    code = context.each(names, one, forgiven=forgiven)
    if context.json and not code:
        context.out.document(done)
    return code
