"""Verbs for containers as things that are there: ps, create, rm, namespaces."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import UsageError
from layertui.tui.verbs.shape import Asked, pass_asked, verb, words

if TYPE_CHECKING:
    from layertui.core.containers.container import CreateOptions


@verb("ps", "ps -a")
@click.option("-a", "--all", "every", is_flag=True, help="Also those that do not run.")
@click.option("-q", "--quiet", is_flag=True, help="Print IDs alone.")
@click.option("--no-trunc", is_flag=True, help="Print IDs and commands in full.")
@pass_asked
def ps_verb(asked: Asked, every: bool, quiet: bool, no_trunc: bool) -> None:
    """List containers, the newest first."""
    from layertui.tui.report.containers import container_lines, sizes

    found = [container for container in asked.inspector.containers() if every or container.state.alive]
    if asked.json:
        asked.out.document(sizes(found, asked.inspector.size_rw))
    elif quiet:
        asked.out.lines(container.id if no_trunc else container.short_id for container in found)
    else:
        asked.out.lines(container_lines(found, full=no_trunc))


_CREATE_OPTIONS = (
    click.option("--name", metavar="NAME", help="Its name; else one is made up."),
    click.option("-e", "--env", multiple=True, metavar="K=V", help="An environment variable; K alone takes ours."),
    click.option("-w", "--workdir", metavar="DIR", help="Where its process begins."),
    click.option("-u", "--user", metavar="USER", help="Name or UID, with :GROUP if wanted."),
    click.option("--entrypoint", metavar="E", help="In place of the image's entrypoint."),
    click.option("-t", "--tty", is_flag=True, help="A terminal for its process."),
    click.option("-i", "--interactive", is_flag=True, help="Keep its standard input open."),
    click.option("--read-only", is_flag=True, help="No writing to its root filesystem."),
    click.option("--net", "--network", "net", default="none", show_default=True, metavar="MODE", help="none or host."),
    click.option("-l", "--label", "labels", multiple=True, metavar="K=V", help="A label."),
    click.option("-h", "--hostname", metavar="NAME", help="Its host name; else its short ID."),
    click.option("--stop-signal", metavar="SIG", help="In place of the image's stop signal."),
    click.option("--rm", "remove", is_flag=True, help="Remove it when its process has ended."),
)


def create_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `create`, which `run` takes too."""
    for option in reversed(_CREATE_OPTIONS):
        function = option(function)
    return function


def options_from(command: tuple[str, ...], given: dict[str, Any]) -> CreateOptions:
    """What the command line says, as a value."""
    from layertui.core.containers.container import CreateOptions

    entrypoint = given["entrypoint"]
    return CreateOptions(
        name=given["name"],
        command=command or None,
        entrypoint=None if entrypoint is None else (entrypoint,) if entrypoint else (),
        env=environment(given["env"]),
        user=given["user"],
        working_dir=given["workdir"],
        tty=given["tty"],
        interactive=given["interactive"],
        read_only=given["read_only"],
        net=given["net"],
        labels=_labels(given["labels"]),
        remove=given["remove"],
        hostname=given["hostname"],
        stop_signal=given["stop_signal"],
    )


def environment(given: tuple[str, ...]) -> tuple[str, ...]:
    """`K=V` as it is; `K` alone with our own value, or not at all, as docker has it."""
    ours = dict(os.environ)
    found = []
    for text in given:
        key, equals, _ = text.partition("=")
        if not key:
            raise UsageError(f"invalid environment variable {text!r}: write K=V")
        if equals:
            found.append(text)
        elif key in ours:
            found.append(f"{key}={ours[key]}")
    return tuple(found)


def _labels(given: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for text in given:
        key, _, value = text.partition("=")
        if not key:
            raise UsageError(f"invalid label {text!r}: write K=V")
        labels[key] = value
    return labels


@verb("create", "create -ti busybox sh", "create --name web -e PORT=8080 demo:2.0", takes_command=True)
@create_options
@click.argument("image")
@words("command", required=False, metavar="[CMD...]")
@pass_asked
def create_verb(asked: Asked, /, image: str, command: tuple[str, ...], **given: Any) -> None:
    """Make a container: the image and a writable layer on top. Nothing runs; its ID is printed."""
    from layertui.tui.verbs.images import tell_id

    tell_id(asked, asked.inspector.create(image, options_from(command, given), asked.progress()).id)


@verb("rm", "rm kind_banzai")
@click.option("-f", "--force", is_flag=True, help="Also if it runs.")
@words("names", metavar="NAME...")
@pass_asked
def rm_verb(asked: Asked, force: bool, names: tuple[str, ...]) -> int:
    """Remove containers and their writable layers."""
    return act_on_each(asked, names, lambda name: asked.inspector.remove_container(name, force=force))


@verb("namespaces", "namespaces kind_banzai")
@click.argument("name")
@pass_asked
def namespaces_verb(asked: Asked, name: str) -> None:
    """Show a container's namespaces beside the host's."""
    from layertui.tui.report.containers import namespaces_lines, namespaces_object

    found = asked.inspector.namespaces(name)
    if asked.json:
        asked.out.document(namespaces_object(found))
    else:
        asked.out.lines(namespaces_lines(found))


def act_on_each(asked: Asked, names: tuple[str, ...], act: Callable[[str], object]) -> int:
    """Do something to each container, and print the names for which it went well, as docker does."""
    done: list[str] = []

    def one(name: str) -> None:
        act(name)
        done.append(name)
        if not asked.json:
            from layertui.tui.format import safe

            asked.out.line(safe(name))

    code = asked.each(names, one)
    if asked.json and not code:
        asked.out.document(done)
    return code
