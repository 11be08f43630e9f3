"""The command file: what one file of an image is, and what is in it if it is an archive."""

from __future__ import annotations

import shutil

import click

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.verbs.look_verbs import LAYER, UPTO
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb, words

_EXAMPLES = (
    "file demo:1.0 /bin/busybox",
    "file --list demo:1.0 /srv/app.jar",
    "file --cat demo:1.0 /srv/app.jar META-INF/MANIFEST.MF",
)


@verb("file", *_EXAMPLES)
@click.option("-l", "--list", "form", flag_value="list", help="List what is in an archive.")
@click.option("--layout", "form", flag_value="layout", help="Write JSON, TOML or YAML laid out, a value a line.")
@click.option("--cat", "form", flag_value="cat", help="Write the content; of an ENTRY, unpacked.")
@LAYER
@UPTO
@click.argument("image")
@click.argument("path")
@words("inside", required=False, metavar="[ENTRY]...")
@pass_context
def file_verb(
    context: CliContext,
    image: str,
    path: str,
    inside: tuple[str, ...],
    form: str | None,
    layer: int | None,
    upto: int | None,
) -> int:
    """Show what a file is: kind, ELF header and missing libraries, certificates, encoding, entries of an archive.

    Symlinks are followed inside the image. ENTRY is a file in the archive at PATH; another ENTRY is one in that archive.
    """
    if layer is not None and upto is not None:
        raise UsageError(tr("--layer and --upto cannot be used together"))
    if context.json and form in ("layout", "cat"):
        raise UsageError(tr("--layout and --cat write the file, and cannot be used with --json"))
    from layertui.core.inspector.look.file_look import FileLook

    progress = context.progress()
    subject = context.inspector.open(image, progress=progress)
    view, real = context.inspector.view_at(subject, path, only=layer, upto=upto, progress=progress)
    with FileLook(view, real, inside, spool=context.settings.spool, progress=progress) as look:
        if form == "cat":
            shutil.copyfileobj(look.content(), context.out.raw, 1 << 20)
            return 0
        if form == "layout":
            context.out.lines(map(safe, look.laid_out().splitlines()))
            return 0
        from layertui.tui.report.analysis.file_report import entry_lines, file_lines, file_object

        listing = look.listing(progress) if form == "list" else None
        if context.json:
            context.out.document(file_object(look.entry.path, look.entry, look.facts(), inside, listing))
        elif listing is not None:
            context.out.lines(entry_lines(listing))
        else:
            context.out.lines(file_lines(" ".join([look.entry.path, *inside]), look.entry, look.facts()))
    if listing is None or not listing.damage:
        return 0
    if not context.json:  # there it is in the document
        context.fail(listing.damage)
    return 1
