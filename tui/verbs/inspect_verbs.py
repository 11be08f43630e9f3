"""The commands history, layers and inspect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from layertui.core.errors import LayertuiError, NotFound
from layertui.tui.common.format import short
from layertui.tui.verbs.shared.cli_context import CliContext, pass_asked, verb, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.containers.model.container import Container
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject


@verb("history", "history demo:1.0", "history --json docker-archive:demo.tar", "history --dockerfile demo:1.0")
@click.option("--no-trunc", is_flag=True, help="Print IDs and commands in full.")
@click.option("-q", "--quiet", is_flag=True, help="Print only IDs.")
@click.option("--dockerfile", is_flag=True, help="Print the steps as a Dockerfile, with its base if an engine has it.")
@click.argument("image")
@pass_asked
def history_verb(asked: CliContext, image: str, no_trunc: bool, quiet: bool, dockerfile: bool) -> None:
    """Show the steps that made an image, the newest first; as a Dockerfile, the oldest first."""
    from layertui.core.images.history_steps import excess
    from layertui.tui.report.image_report import step_lines, step_object

    sizes = not quiet or dockerfile or asked.json
    subject = asked.inspector.open(image, progress=asked.progress())
    steps = asked.inspector.history(subject, sizes=sizes)
    newest_first = steps[::-1]
    identity = subject.image.id
    if dockerfile:
        _show_dockerfile(asked, subject, steps)
    elif asked.json:
        asked.out.document([step_object(step) for step in newest_first])
    elif quiet:
        first = str(identity) if no_trunc else short(identity)
        asked.out.lines("<missing>" if place else first for place, _ in enumerate(newest_first))
    else:
        asked.out.lines(step_lines(newest_first, identity, full=no_trunc))
    warning = excess(subject.image)
    if warning is not None:
        asked.warn(warning)


def _show_dockerfile(asked: CliContext, subject: Subject, steps: Sequence[Step]) -> None:
    from layertui.core.inspector.base_search import base_of, dockerfile_of
    from layertui.tui.report.dockerfile.dockerfile_json import dockerfile_object
    from layertui.tui.report.dockerfile.dockerfile_lines import dockerfile_text

    base = base_of(asked.inspector, subject, steps, asked.progress())
    found = dockerfile_of(subject, steps, base)
    if asked.json:
        asked.out.document(dockerfile_object(found))
    else:
        asked.out.lines(dockerfile_text(found))


@verb("layers", "layers demo:1.0", "layers container:kind_banzai")
@click.argument("image")
@pass_asked
def layers_verb(asked: CliContext, image: str) -> None:
    """Show the layers of an image or container from the bottom up, and what each did."""
    from layertui.tui.report.image_report import layer_lines, layer_object

    progress = asked.progress()
    subject = asked.inspector.open(image, progress=progress)
    layers = asked.inspector.layers(subject, progress, verify=True)
    if asked.json:
        asked.out.document([layer_object(layer) for layer in layers])
    else:
        asked.out.lines(layer_lines(layers))


@verb("inspect", "inspect demo:1.0", "inspect kind_banzai")
@click.option("--type", "kind", type=click.Choice(["image", "container", "volume"]), help="Look only for this type.")
@words("names", metavar="NAME...")
@pass_asked
def inspect_verb(asked: CliContext, names: tuple[str, ...], kind: str | None) -> int:
    """Show all details of images and containers, with docker's keys."""
    from layertui.tui.report.inspect_report import inspection_text

    found: list[dict[str, object]] = []
    code = asked.each(names, lambda name: found.append(_inspected(asked, name, kind)))
    if not code or (found and not asked.json):
        asked.out.line(inspection_text(found))
    return code


def _inspected(asked: CliContext, name: str, kind: str | None) -> dict[str, object]:
    """A container of that name, else an image, as docker looks for it."""
    from layertui.tui.report.inspect_report import container_inspection, image_inspection

    inspector = asked.inspector
    if kind == "volume":
        return _volume(asked, name)
    container = _container(asked, name) if kind != "image" else None
    if container is None and kind == "container":
        raise NotFound(f"{name}: no such container")
    if container is None:
        try:
            subject = inspector.open(name, progress=asked.progress())
        except NotFound:
            if kind == "image":
                raise NotFound(f"{name}: no such image") from None
            return _volume(asked, name)
        container = subject.container
        if container is None:
            steps = inspector.history(subject)
            is_known = all(step.size is not None for step in steps if step.layer is not None)
            # For an image in a registry whose layers were not read, the blobs' size is the only one known.
            size = sum(step.size or 0 for step in steps) if is_known else subject.image.stored_size
            return image_inspection(subject.image, size)
    from layertui.tui.report.container_report import size_or_why

    try:
        image = inspector.open(f"container:{container.id}").image
    except LayertuiError:
        image = None
    taken, why_not = size_or_why(inspector.containers.files.own_size, container.id)
    if why_not is not None:
        asked.warn(f"the size of its writable layer is unknown: {why_not}")
    return container_inspection(container, image, taken, _folders(asked, container))


def _folders(asked: CliContext, container: Container) -> dict[str, str]:
    """Where the volumes of a container lie that have a name."""
    named = {mount.source for mount in container.options.mounts if mount.kind == "volume" and mount.source}
    return {one.name: str(one.folder) for one in asked.inspector.volumes.list() if one.name in named} if named else {}


def _volume(asked: CliContext, name: str) -> dict[str, object]:
    from layertui.tui.report.inspect_report import volume_inspection

    for volume in asked.inspector.volumes.list():
        if volume.name == name:
            return volume_inspection(volume)
    raise NotFound(f"{name}: no such image, container or volume")


def _container(asked: CliContext, name: str) -> Container | None:
    try:
        return asked.inspector.containers.get(name)
    except NotFound:
        return None
