"""The commands that read files in layers: ls, tree, cat, which, versions, extract."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import LayertuiError, NotFound, UsageError
from layertui.core.language.texts import tr
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry

LAYER = click.option("--layer", type=click.IntRange(min=1), metavar="N", help="Only this layer.")
UPTO = click.option("--upto", type=click.IntRange(min=1), metavar="N", help="The view as of this layer.")


def _seen(
    context: CliContext, image: str, path: str, layer: int | None, upto: int | None, *, deep: bool
) -> tuple[Subject, View, int]:
    """What was named, the view that shows the path, and the row of that; a link at its end is followed where a slash follows it."""
    if layer is not None and upto is not None:
        raise UsageError(tr("--layer and --upto cannot be used together"))
    progress = context.progress()
    subject = context.inspector.open(image, progress=progress)
    view, real = context.inspector.view_at(
        subject, path, only=layer, upto=upto, follow=path.endswith("/"), deep=deep, progress=progress
    )
    return subject, view, _row_of(view, real)


def _row_of(view: View, path: str) -> int:
    entry = view.resolve(path, follow=path.endswith("/"))
    index = view.find(entry.path)
    assert index is not None
    if path.endswith("/") and entry.kind.word != "dir":
        raise NotFound(tr("{path}: not a directory", path=path))
    return index


@verb("ls", "ls demo:1.0 /etc", "ls -lR --layer 3 demo:1.0", "ls -R --json demo.tar")
@click.option("-R", "--recursive", is_flag=True, help="All that lies below, too.")
@click.option("-l", "--long", is_flag=True, help="Mode, owner, size, time, change and layer of each.")
@click.option("--digest", is_flag=True, help="Sum the content of each file (JSON).")
@LAYER
@UPTO
@click.argument("image")
@click.argument("path", default="/", metavar="[PATH]")
@pass_context
def ls_verb(
    context: CliContext,
    image: str,
    path: str,
    recursive: bool,
    long: bool,
    digest: bool,
    layer: int | None,
    upto: int | None,
) -> None:
    """List files of an image or a container: a folder's, or one."""
    from layertui.tui.report.row_objects import json_rows, text_rows

    subject, view, row = _seen(context, image, path, layer, upto, deep=recursive)
    rows = _listed(view, row, recursive=recursive)
    digest_of = _digest_of(view) if digest else None
    if context.json:
        found = json_rows(view, rows, digest_of)
        # Content that cannot be read is an error before the first row is out.
        context.out.array(list(found) if digest else found)
    elif digest_of is not None:
        context.out.lines(_digest_lines(view, rows, digest_of))
    else:
        context.out.lines(text_rows(view, rows, long=long, marked=layer is not None or subject.span is not None))


def _listed(view: View, index: int, *, recursive: bool) -> Any:
    from layertui.core.layers.table.entry import Change, Kind

    if index >= 0 and (view.kind[index] != Kind.DIR or view.change[index] == Change.REMOVED):
        return [index]
    if not recursive:
        return view.children(index)
    return range(len(view)) if index < 0 else range(index + 1, int(view.end[index]))


def _digest_of(view: View) -> Callable[[Entry], str | None]:
    """The digest of an entry's content; None for what has none."""
    from layertui.core.layers.table.entry import Change, Kind
    from layertui.core.oci.digest import Sum

    def digest_of(entry: Entry) -> str | None:
        if entry.kind is not Kind.FILE or entry.change is Change.REMOVED:
            return None
        total = Sum()
        with view.stack.open(entry) as content:
            while chunk := content.read(1 << 20):
                total.update(chunk)
        return total.digest()

    return digest_of


def _digest_lines(view: View, rows: Any, digest_of: Callable[[Entry], str | None]) -> Any:
    from layertui.tui.common.format import safe

    for index in rows:
        entry = view.entry(int(index))
        yield f"{digest_of(entry) or '-':<71}  {safe(entry.path)}"


@verb("tree", "tree --depth 2 demo:1.0", "tree container:kind_banzai /etc")
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="No deeper than N levels.")
@LAYER
@UPTO
@click.argument("image")
@click.argument("path", default="/", metavar="[PATH]")
@pass_context
def tree_verb(
    context: CliContext, image: str, path: str, depth: int | None, layer: int | None, upto: int | None
) -> None:
    """Draw the files of an image or a container as a tree, with their bytes."""
    from layertui.tui.report.tree_report import tree_json, tree_lines

    _, view, index = _seen(context, image, path, layer, upto, deep=True)
    if context.json:
        context.out.pieces(tree_json(view, index, depth))
    else:
        context.out.lines(tree_lines(view, index, depth))


@verb("cat", "cat demo:1.0 /etc/motd", "cat --layer 2 demo:1.0 /etc/motd")
@LAYER
@UPTO
@click.argument("image")
@click.argument("path")
@pass_context
def cat_verb(context: CliContext, image: str, path: str, layer: int | None, upto: int | None) -> None:
    """Write a file's content to stdout, links followed inside the image."""
    if layer is not None and upto is not None:
        raise UsageError(tr("--layer and --upto cannot be used together"))
    progress = context.progress()
    subject = context.inspector.open(image, progress=progress)
    with context.inspector.read(subject, path, only=layer, upto=upto, progress=progress) as content:
        shutil.copyfileobj(content, context.out.raw, 1 << 20)


@verb("which", "which demo:1.0 /etc/motd")
@click.argument("image")
@click.argument("path")
@pass_context
def which_verb(context: CliContext, image: str, path: str) -> int:
    """Show which layer a path comes from: top-down search, symlinks above it followed; exit 1 if it is not visible."""
    return _trace(context, image, path, deep=False)


@verb("versions", "versions demo:1.0 /etc/motd")
@click.argument("image")
@click.argument("path")
@pass_context
def versions_verb(context: CliContext, image: str, path: str) -> int:
    """Show the versions of a path in all layers, hidden ones too; exit 1 if no layer has it."""
    return _trace(context, image, path, deep=True)


def _trace(context: CliContext, image: str, path: str, *, deep: bool) -> int:
    from layertui.tui.report.json_answers import package_lines, trace_lines, trace_object

    progress = context.progress()
    subject = context.inspector.open(image, progress=progress)
    found = context.inspector.trace(subject, path, deep=deep, through_links=True, progress=progress)
    steps = _steps_by_layer(context, subject)
    if context.json:
        context.out.document(trace_object(found, steps))
    else:
        context.out.lines(trace_lines(found, steps))
        if found.visible and not deep:
            context.out.raw.flush()  # the first time, a whole layer may have to be read for the package
            context.out.lines(package_lines(context.inspector.analysis.package_of(subject, found.path, progress)))
    if deep:
        return 0 if any(step.found == "present" for step in found.steps) else 1
    return 0 if found.visible else 1


def _steps_by_layer(context: CliContext, subject: Subject) -> dict[int, Step]:
    steps = context.inspector.history(subject, sizes=False)
    return {step.number: step for step in steps if step.number is not None}


@verb(
    "extract",
    "extract demo:1.0 /srv/app .",
    "extract --layer 3 demo.tar /etc/motd motd",
    "extract demo:1.0 /srv - > srv.tar",
)
@click.option("-a", "--archive", is_flag=True, help="Keep owners, where root asks.")
@click.option("-f", "--force", "existing", flag_value="force", help="Overwrite files without a question.")
@click.option(
    "-n", "--no-clobber", "existing", flag_value="refuse", help="Write nothing if a file would be overwritten."
)
@LAYER
@UPTO
@click.argument("image")
@click.argument("path")
@click.argument("dest", default=".", metavar="[DEST | -]")
@pass_context
def extract_verb(
    context: CliContext,
    image: str,
    path: str,
    dest: str,
    archive: bool,
    existing: str | None,
    layer: int | None,
    upto: int | None,
) -> None:
    """Copy a file or a folder out of an image or a container; to `-`, as a tar to stdout.

    Files that are there are overwritten, as docker does; at a terminal, it asks first.
    """
    from layertui.tui.verbs.container.layer_verbs import warn_of_devices

    if layer is not None and upto is not None:
        raise UsageError(tr("--layer and --upto cannot be used together"))
    if dest == "-" and sys.stdout.isatty():
        raise LayertuiError(tr("refusing to write a tar to a terminal; redirect stdout"))
    progress = context.progress()
    subject = context.inspector.open(image, progress=progress)
    left_out = context.inspector.extract(
        subject,
        path,
        context.out.raw if dest == "-" else dest,
        only=layer,
        upto=upto,
        keep_owners=archive,
        may_overwrite=_may_overwrite(context, existing),
        progress=progress,
    )
    warn_of_devices(context, left_out)
    if dest != "-":
        context.done(path=path, dest=dest)


def _may_overwrite(context: CliContext, existing: str | None) -> Callable[[Sequence[str]], bool] | None:
    """Who decides whether files are overwritten: the option, or the user at a terminal; None where all are overwritten."""
    if existing == "refuse":
        return lambda _: False
    if existing == "force" or not _at_terminal():
        return None

    def asks(found: Sequence[str]) -> bool:
        more = tr(" and {found} more", found=len(found) - 1) if len(found) > 1 else ""
        context.say(tr("{found}{more}: exists already", found=found[0], more=more))
        return click.confirm("Overwrite?", err=True)

    return asks


def _at_terminal() -> bool:
    """Whether there is a user to answer a question."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
