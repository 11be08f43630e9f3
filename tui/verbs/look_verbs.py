"""The commands that read files in layers: ls, tree, cat, which, versions, extract."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from layertui.core.errors import LayertuiError, NotFound, UsageError
from layertui.tui.verbs.shared.cli_context import CliContext, pass_asked, verb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry

LAYER = click.option("--layer", type=click.IntRange(min=1), metavar="N", help="Only this layer.")
UPTO = click.option("--upto", type=click.IntRange(min=1), metavar="N", help="The view as of this layer.")


def _seen(
    asked: CliContext, image: str, path: str, layer: int | None, upto: int | None, *, deep: bool
) -> tuple[Subject, View, int]:
    """What was named, the view that shows the path, and the row of that; a link at its end is followed where a slash follows it."""
    if layer is not None and upto is not None:
        raise UsageError("--layer and --upto cannot be used together")
    progress = asked.progress()
    subject = asked.inspector.open(image, progress=progress)
    view, real = asked.inspector.view_at(
        subject, path, only=layer, upto=upto, follow=path.endswith("/"), deep=deep, progress=progress
    )
    return subject, view, _row_of(view, real)


def _row_of(view: View, path: str) -> int:
    entry = view.resolve(path, follow=path.endswith("/"))
    index = view.find(entry.path)
    assert index is not None
    if path.endswith("/") and entry.kind.word != "dir":
        raise NotFound(f"{path}: not a directory")
    return index


@verb("ls", "ls demo:1.0 /etc", "ls -lR --layer 3 demo:1.0", "ls -R --json demo.tar")
@click.option("-R", "--recursive", is_flag=True, help="All that lies below, too.")
@click.option("-l", "--long", is_flag=True, help="Mode, owner, size, time, change and layer of each.")
@click.option("--digest", is_flag=True, help="Sum the content of each file (JSON).")
@LAYER
@UPTO
@click.argument("image")
@click.argument("path", default="/", metavar="[PATH]")
@pass_asked
def ls_verb(
    asked: CliContext,
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

    subject, view, row = _seen(asked, image, path, layer, upto, deep=recursive)
    rows = _listed(view, row, recursive=recursive)
    digest_of = _digest_of(view) if digest else None
    if asked.json:
        found = json_rows(view, rows, digest_of)
        # Content that cannot be read is an error before the first row is out.
        asked.out.array(list(found) if digest else found)
    elif digest_of is not None:
        asked.out.lines(_digest_lines(view, rows, digest_of))
    else:
        asked.out.lines(text_rows(view, rows, long=long, marked=layer is not None or subject.span is not None))


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
@pass_asked
def tree_verb(asked: CliContext, image: str, path: str, depth: int | None, layer: int | None, upto: int | None) -> None:
    """Draw the files of an image or a container as a tree, with their bytes."""
    from layertui.tui.report.tree_report import tree_json, tree_lines

    _, view, index = _seen(asked, image, path, layer, upto, deep=True)
    if asked.json:
        asked.out.pieces(tree_json(view, index, depth))
    else:
        asked.out.lines(tree_lines(view, index, depth))


@verb("cat", "cat demo:1.0 /etc/motd", "cat --layer 2 demo:1.0 /etc/motd")
@LAYER
@UPTO
@click.argument("image")
@click.argument("path")
@pass_asked
def cat_verb(asked: CliContext, image: str, path: str, layer: int | None, upto: int | None) -> None:
    """Write a file's content to stdout, links followed inside the image."""
    if layer is not None and upto is not None:
        raise UsageError("--layer and --upto cannot be used together")
    progress = asked.progress()
    subject = asked.inspector.open(image, progress=progress)
    with asked.inspector.read(subject, path, only=layer, upto=upto, progress=progress) as content:
        shutil.copyfileobj(content, asked.out.raw, 1 << 20)


@verb("which", "which demo:1.0 /etc/motd")
@click.argument("image")
@click.argument("path")
@pass_asked
def which_verb(asked: CliContext, image: str, path: str) -> int:
    """Show which layer a path comes from: top-down search, symlinks above it followed; exit 1 if it is not visible."""
    return _trace(asked, image, path, deep=False)


@verb("versions", "versions demo:1.0 /etc/motd")
@click.argument("image")
@click.argument("path")
@pass_asked
def versions_verb(asked: CliContext, image: str, path: str) -> int:
    """Show the versions of a path in all layers, hidden ones too; exit 1 if no layer has it."""
    return _trace(asked, image, path, deep=True)


def _trace(asked: CliContext, image: str, path: str, *, deep: bool) -> int:
    from layertui.tui.report.json_answers import package_lines, trace_lines, trace_object

    progress = asked.progress()
    subject = asked.inspector.open(image, progress=progress)
    found = asked.inspector.trace(subject, path, deep=deep, through_links=True, progress=progress)
    steps = _steps_by_layer(asked, subject)
    if asked.json:
        asked.out.document(trace_object(found, steps))
    else:
        asked.out.lines(trace_lines(found, steps))
        if found.visible and not deep:
            asked.out.raw.flush()  # the first time, a whole layer may have to be read for the package
            asked.out.lines(package_lines(asked.inspector.analysis.package_of(subject, found.path, progress)))
    if deep:
        return 0 if any(step.found == "present" for step in found.steps) else 1
    return 0 if found.visible else 1


def _steps_by_layer(asked: CliContext, subject: Subject) -> dict[int, Step]:
    steps = asked.inspector.history(subject, sizes=False)
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
@pass_asked
def extract_verb(
    asked: CliContext,
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
        raise UsageError("--layer and --upto cannot be used together")
    if dest == "-" and sys.stdout.isatty():
        raise LayertuiError("refusing to write a tar to a terminal; redirect stdout")
    progress = asked.progress()
    subject = asked.inspector.open(image, progress=progress)
    left_out = asked.inspector.extract(
        subject,
        path,
        asked.out.raw if dest == "-" else dest,
        only=layer,
        upto=upto,
        keep_owners=archive,
        may_overwrite=_may_overwrite(asked, existing),
        progress=progress,
    )
    warn_of_devices(asked, left_out)
    if dest != "-":
        asked.done(path=path, dest=dest)


def _may_overwrite(asked: CliContext, existing: str | None) -> Callable[[Sequence[str]], bool] | None:
    """Who decides whether files are overwritten: the option, or the user at a terminal; None where all are overwritten."""
    if existing == "refuse":
        return lambda _: False
    if existing == "force" or not _at_terminal():
        return None

    def asks(found: Sequence[str]) -> bool:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        asked.say(f"{found[0]}{more}: exists already")
        return click.confirm("Overwrite?", err=True)

    return asks


def _at_terminal() -> bool:
    """Whether there is a user to answer a question."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
