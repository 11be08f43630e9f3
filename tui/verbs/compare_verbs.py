"""The command compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from layertui.core.language.texts import tr
from layertui.tui.report.comparison.report_forms import FORMS
from layertui.tui.verbs.shared.cli_context import CliContext, pass_context, verb

if TYPE_CHECKING:
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress
    from layertui.tui.report.comparison.patch_report import Content


@verb(
    "compare",
    "compare demo:1.0 demo:2.0",
    "compare --files container:kind_banzai busybox",
    "compare --exit-code demo.tar demo:1.0",
    "compare demo:1.0@2 demo:1.0",
    "compare --content /etc/motd demo:1.0 demo:2.0",
    "compare --format html demo:1.0 demo:2.0 > report.html",
)
@click.option("--history", is_flag=True, help="The steps that made them.")
@click.option("--files", is_flag=True, help="What they hold.")
@click.option("--config", is_flag=True, help="What they ask for when they run.")
@click.option("--packages", is_flag=True, help="Packages in other versions, with the files that differ.")
@click.option("--content", metavar="PATH", help="One file of both, as a unified diff.")
@click.option("--exit-code", is_flag=True, help="Exit with 0: the same, 1: they differ, 2: cannot be compared.")
@click.option("--format", "form", type=click.Choice(FORMS), help="Format of the report; default: text.")
@click.argument("a")
@click.argument("b")
@pass_context
def compare_verb(  # noqa: PLR0913, PLR0917 - one for each option
    context: CliContext,
    a: str,
    b: str,
    history: bool,
    files: bool,
    config: bool,
    packages: bool,
    content: str | None,
    exit_code: bool,
    form: str | None,
) -> int:
    """Compare two images, containers or ranges of layers; without options, all three."""
    from layertui.core.errors import LayertuiError

    every = not (history or files or config or packages)
    form = form or ("json" if context.json else "text")
    try:
        progress = context.progress()
        left, right = (context.inspector.open(name, progress=progress, or_container=True) for name in (a, b))
        if content is not None:
            differs = _contents(context, left, right, content, form, progress)
        else:
            report = context.inspector.compare(
                left,
                right,
                history=history or every,
                files=files or every or packages,
                config=config or every,
                packages=packages or form != "json",
                progress=progress,
            )
            from layertui.tui.report.comparison.report_forms import report_in

            context.out.lines(report_in(form, report))
            differs = not report.same
    except LayertuiError as error:
        if not exit_code:
            raise
        context.fail(str(error))
        return 2
    return 1 if exit_code and differs else 0


def _contents(context: CliContext, a: Subject, b: Subject, path: str, form: str, progress: Progress) -> bool:
    """One file of both sides, printed as a diff; whether they differ. NotFound where neither side has it."""
    from layertui.core.errors import NotFound, UsageError
    from layertui.tui.report.comparison.patch_report import patch_lines, patch_object

    if form not in ("text", "json"):
        raise UsageError(tr("--content is written as text or JSON, not as {form}", form=form))
    left, right = (_content(context, side, path, progress) for side in (a, b))
    if left is None and right is None:
        raise NotFound(tr("{path}: neither side has such a file", path=path))
    if form == "json":
        context.out.document(patch_object(path, left, right))
    else:
        context.out.lines(patch_lines(left, right))
    return left is None or right is None or left.sha256 != right.sha256


def _content(context: CliContext, side: Subject, path: str, progress: Progress) -> Content | None:
    """The file of one side; None where it has none. NotFound for what is there and is no file."""
    from layertui.core.errors import NotFound
    from layertui.core.layers.table.entry import Change
    from layertui.tui.report.comparison.patch_report import read_content

    try:
        found = context.inspector.view(side, progress=progress).resolve(path)
    except NotFound:
        return None
    if found.change is Change.REMOVED:
        return None
    with context.inspector.read(side, path, progress=progress) as stream:
        return read_content(f"{side.name}:{path}", stream)
