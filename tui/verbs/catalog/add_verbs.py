"""The commands catalog add and catalog compact."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import counted, tr, trn
from layertui.tui.common.format import size
from layertui.tui.verbs.catalog.catalog_place import files_at, place_option
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

if TYPE_CHECKING:
    from layertui.core.catalog.adding.add_images import AddedImages
    from layertui.core.catalog.tasks.run_tasks import TaskRunner


@verb(
    "add",
    "catalog add embedded",
    "catalog add 'docker://registry.example.com/team/*'",
    "catalog add 'docker://registry.example.com/base/debian:1?' archives/",
    "catalog add --dask tcp://scheduler:8786 --catalog s3://bucket/catalog 'docker://registry.example.com/*'",
)
@place_option
@click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="N", help="Processes that read; default: one for each core."
)
@click.option("--dask", metavar="ADDRESS", help="Have the layers read by the workers of a Dask cluster: its scheduler.")
@click.option(
    "--no-contents", is_flag=True, help="Leave out the sha256 of each file: half the time, no `find --digest`."
)
@words("sources", metavar="SOURCE...")
@pass_context
def add_catalog_verb(
    context: CliContext,
    sources: tuple[str, ...],
    *,
    place: str | None,
    workers: int | None,
    dask: str | None,
    no_contents: bool,
) -> int:
    """Read images into the catalog: each layer once, whichever images have it.

    SOURCE is an engine (`layertui engines` lists them), docker://HOST/GLOB[:TAGGLOB], a folder of archives, an archive, or an image's
    name. What is there already and has not changed costs one request. Ctrl-C keeps what is complete; the next run takes it up.
    """
    if dask and workers:
        raise UsageError(tr("--workers is for this machine; a Dask cluster has its own"))
    files = files_at(context, place)
    from layertui.core.catalog.adding.add_images import add_images

    opened: list[TaskRunner] = []

    def runner() -> TaskRunner:
        if dask:
            from layertui.core.catalog.tasks.dask_tasks import DaskRunner

            opened.append(DaskRunner(dask))
        else:
            from layertui.core.catalog.tasks.run_tasks import LocalRunner

            opened.append(LocalRunner(workers or 0))
        return opened[0]

    try:
        answer = add_images(
            context.inspector,
            files,
            sources,
            runner,
            context.progress(),
            store=str(context.settings.store),
            contents=not no_contents,
        )
    finally:
        for one in opened:
            one.close()
    for problem in answer.problems:
        context.fail(problem)
    if context.json:
        context.out.document(asdict(answer))
    else:
        context.out.line(_sentence(answer))
    return 1 if answer.problems else 0


def _sentence(answer: AddedImages) -> str:
    parts = [
        trn("{count} image added", "{count} images added", answer.images),
        tr("{unchanged} unchanged", unchanged=answer.unchanged),
    ]
    if answer.gone:
        parts.append(tr("{gone} gone", gone=answer.gone))
    text = ", ".join(parts)
    if answer.layers:
        each = tr("{layers:.1f} layers/s", layers=answer.layers / max(answer.seconds, 0.001))
        text += tr(
            "; {layers} read, {size}, {entries}, {each}",
            layers=counted(answer.layers, "layer"),
            size=size(answer.bytes),
            entries=trn("{count} entry", "{count} entries", answer.entries),
            each=each,
        )
    return text


@verb("compact", "catalog compact")
@place_option
@pass_context
def compact_catalog_verb(context: CliContext, *, place: str | None) -> int:
    """Merge the small files of the catalog, and remove those that runs which died have left.

    `catalog add` does it by itself once there are many. Questions that are being answered meanwhile are not disturbed.
    """
    files = files_at(context, place)
    from layertui.core.catalog.adding.record_files import compact

    before, after = compact(files, context.progress())
    if context.json:
        context.out.document({"files_before": before, "files_after": after})
    else:
        context.out.line(f"{before} files before, {after} now")
    return 0
