"""The commands fsck, gc, df, demo, engines and version."""

from __future__ import annotations

import click

from layertui import __version__
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.container.container_verbs import act_on_each
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb


@verb("fsck", "fsck", "fsck --repair")
@click.option("--repair", is_flag=True, help="Repair what can be repaired, and move the rest to lost+found.")
@pass_context
def fsck_verb(context: CliContext, repair: bool) -> int:
    """Check the store: sum every blob, read every manifest and record; exit 1 where something is wrong."""
    from layertui.tui.report.store_report import fsck_lines, fsck_object

    report = context.inspector.store.fsck(repair=repair, progress=context.progress())
    if context.json:
        context.out.document(fsck_object(report))
    else:
        context.out.lines(fsck_lines(report))
    return 0 if report.ok else 1


@verb("gc", "gc --dry-run", "gc --volume cache")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option(
    "--volume",
    "volumes",
    multiple=True,
    metavar="NAME",
    help="Remove only this volume, with its content.",
)
@pass_context
def gc_verb(context: CliContext, dry_run: bool, volumes: tuple[str, ...]) -> int:
    """Remove blobs that neither an image nor a container needs. Named volumes are kept, unless one is named."""
    from layertui.tui.report.store_report import gc_lines, gc_object

    if volumes and dry_run:
        raise UsageError(tr("--volume names what goes, so there is nothing to preview: leave --dry-run out"))
    if volumes:
        return act_on_each(context, volumes, context.inspector.volumes.remove)
    swept = context.inspector.store.gc(dry_run=dry_run)
    if context.json:
        context.out.document(gc_object(swept))
    else:
        context.out.lines(gc_lines(swept, dry_run=dry_run))
    return 0


@verb("engines", "engines", "engines -v")
@click.option(
    "-v", "--verbose", is_flag=True, help="Also every runtime that was tried, and what would help where one fails."
)
@pass_context
def engines_verb(context: CliContext, verbose: bool) -> None:
    """List the engines, and what would start a container in each."""
    from layertui.tui.report.engine_report import engine_object, engines_lines

    found = context.inspector.engines()
    if context.json:
        context.out.document([engine_object(one) for one in found])
    else:
        context.out.lines(engines_lines(found, verbose=verbose))


@verb("df", "df", "df -v")
@click.option("-v", "--verbose", is_flag=True, help="Also each volume, and how many containers use it.")
@pass_context
def df_verb(context: CliContext, verbose: bool) -> None:
    """Show the disk usage of images, containers, volumes and caches."""
    from layertui.tui.report.store_report import df_lines, df_object, volume_lines, volume_object

    rows = context.inspector.store.df()
    volumes = context.inspector.volumes.sizes() if verbose else ()
    for line in (line for row in rows for line in row.not_counted):
        context.warn(line)
    if context.json:
        found = df_object(rows)
        if verbose:
            found["volumes"]["each"] = [volume_object(*one) for one in volumes]
        context.out.document(found)
        return
    context.out.lines(df_lines(rows))
    if verbose:
        context.out.lines(volume_lines(volumes))


@verb("demo", "demo", "demo --no-ui")
@click.option("--no-ui", is_flag=True, help="Only put the demo images into the store.")
@pass_context
def demo_verb(context: CliContext, no_ui: bool) -> int:
    """Put the demo images into the store, and open the screen on them."""
    from layertui.tui.common.format import safe, short
    from layertui.tui.verbs.open_screen import open_screen, require_terminal

    if not no_ui:
        require_terminal(context, instead=tr("`layertui demo --no-ui` only adds the images"))
    images = context.inspector.images.demo(context.progress())
    if no_ui and context.json:
        context.out.document([{"id": image.id, "tags": [name.familiar for name in image.names]} for image in images])
    elif no_ui:
        context.out.lines(f"{safe(name.familiar)}  {short(image.id)}" for image in images for name in image.names)
    else:
        return open_screen(context)
    return 0


@verb("version", "version")
@pass_context
def version_verb(context: CliContext) -> None:
    """Print layertui's version."""
    if context.json:
        context.out.document({"version": __version__})
    else:
        context.out.line(f"layertui {__version__}")
