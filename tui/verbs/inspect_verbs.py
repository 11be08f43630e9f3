"""The commands history, layers and inspect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from layertui.core.errors import Cancelled, LayertuiError, NotFound
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertui.core.analysis.step_waste import StepWaste
    from layertui.core.containers.model.container import Container
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject


@verb("history", "history demo:1.0", "history --json docker-archive:demo.tar", "history --dockerfile demo:1.0")
@click.option("--no-trunc", is_flag=True, help="Print IDs and commands in full.")
@click.option("-q", "--quiet", is_flag=True, help="Print only IDs.")
@click.option("--dockerfile", is_flag=True, help="Print the steps as a Dockerfile, with its base if an engine has it.")
@click.argument("image")
@pass_context
def history_verb(context: CliContext, image: str, no_trunc: bool, quiet: bool, dockerfile: bool) -> None:
    """Show the steps that made an image, the newest first; as a Dockerfile, the oldest first."""
    from layertui.core.images.history_steps import excess
    from layertui.core.inspector.look.step_ids import step_ids
    from layertui.tui.report.image_report import identity_text, step_lines, step_object

    sizes = not quiet or dockerfile or context.json
    subject = context.inspector.open(image, progress=context.progress())
    steps = context.inspector.history(subject, sizes=sizes)
    newest_first = steps[::-1]
    if dockerfile:
        _show_dockerfile(context, subject, steps)
    elif context.json:
        context.out.document([step_object(step) for step in newest_first])
    else:
        identities = [identity_text(one, full=no_trunc) for one in reversed(step_ids(subject, steps))]
        context.out.lines(identities if quiet else step_lines(newest_first, identities, full=no_trunc))
    warning = excess(subject.image)
    if warning is not None:
        context.warn(warning)


def _show_dockerfile(context: CliContext, subject: Subject, steps: Sequence[Step]) -> None:
    from layertui.core.inspector.base_search import base_of, dockerfile_of
    from layertui.tui.report.dockerfile.dockerfile_json import dockerfile_object
    from layertui.tui.report.dockerfile.dockerfile_lines import dockerfile_text

    base = base_of(context.inspector, subject, steps, context.progress())
    found = dockerfile_of(subject, steps, base)
    waste = _step_waste(context, subject)
    if context.json:
        context.out.document(dockerfile_object(found, waste))
    else:
        context.out.lines(dockerfile_text(found, waste))


def _step_waste(context: CliContext, subject: Subject) -> Mapping[int, Sequence[StepWaste]]:
    """What the steps waste; nothing where layers would have to be fetched for it, or cannot be read."""
    if context.inspector.bytes_to_fetch(subject):
        return {}
    try:
        return context.inspector.analysis.step_waste(subject, context.progress())
    except Cancelled:
        raise
    except LayertuiError as error:
        context.warn(tr("what the steps waste is not known: {error}", error=error))
        return {}


@verb("layers", "layers demo:1.0", "layers container:kind_banzai")
@click.argument("image")
@pass_context
def layers_verb(context: CliContext, image: str) -> None:
    """Show the layers of an image or container from the bottom up, and what each did."""
    from layertui.tui.report.image_report import layer_lines, layer_object

    progress = context.progress()
    subject = context.inspector.open(image, progress=progress)
    layers = context.inspector.layers(subject, progress, verify=True)
    if context.json:
        context.out.document([layer_object(layer) for layer in layers])
    else:
        context.out.lines(layer_lines(layers))


@verb("inspect", "inspect demo:1.0", "inspect kind_banzai")
@click.option("--type", "kind", type=click.Choice(["image", "container", "volume"]), help="Look only for this type.")
@words("names", metavar="NAME...")
@pass_context
def inspect_verb(context: CliContext, names: tuple[str, ...], kind: str | None) -> int:
    """Show all details of images and containers, with docker's keys."""
    from layertui.tui.report.inspect_report import inspection_text

    found: list[dict[str, object]] = []
    code = context.each(names, lambda name: found.append(_inspected(context, name, kind)))
    if not code or (found and not context.json):
        context.out.line(inspection_text(found))
    return code


def _inspected(context: CliContext, name: str, kind: str | None) -> dict[str, object]:
    """A container of that name, else an image, as docker looks for it."""
    from layertui.tui.report.inspect_report import container_inspection, image_inspection

    inspector = context.inspector
    if kind == "volume":
        return _volume(context, name)
    container = _container(context, name) if kind != "image" else None
    if container is None and kind == "container":
        raise NotFound(tr("{name}: no such container", name=name))
    if container is None:
        try:
            subject = inspector.open(name, progress=context.progress())
        except NotFound:
            if kind == "image":
                raise NotFound(tr("{name}: no such image", name=name)) from None
            return _volume(context, name)
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
        context.warn(tr("the size of its writable layer is unknown: {why_not}", why_not=why_not))
    return container_inspection(container, image, taken, _folders(context, container))


def _folders(context: CliContext, container: Container) -> dict[str, str]:
    """Where the volumes of a container lie that have a name."""
    named = {mount.source for mount in container.options.mounts if mount.kind == "volume" and mount.source}
    return {one.name: str(one.folder) for one in context.inspector.volumes.list() if one.name in named} if named else {}


def _volume(context: CliContext, name: str) -> dict[str, object]:
    from layertui.tui.report.inspect_report import volume_inspection

    for volume in context.inspector.volumes.list():
        if volume.name == name:
            return volume_inspection(volume)
    raise NotFound(tr("{name}: no such image, container or volume", name=name))


def _container(context: CliContext, name: str) -> Container | None:
    try:
        return context.inspector.containers.get(name)
    except NotFound:
        return None
