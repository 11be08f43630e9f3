"""The verb that holds two images against each other: compare."""

from __future__ import annotations

import click

from layertui.tui.verbs.shape import Asked, pass_asked, verb


@verb(
    "compare",
    "compare demo:1.0 demo:2.0",
    "compare --files container:kind_banzai busybox",
    "compare --exit-code demo.tar demo:1.0",
    "compare demo:1.0@2 demo:1.0",
)
@click.option("--history", is_flag=True, help="The steps that made them.")
@click.option("--files", is_flag=True, help="What they hold.")
@click.option("--config", is_flag=True, help="What they ask for when they run.")
@click.option("--exit-code", is_flag=True, help="Exit with 0: the same, 1: they differ, 2: cannot be compared.")
@click.argument("a")
@click.argument("b")
@pass_asked
def compare_verb(asked: Asked, a: str, b: str, history: bool, files: bool, config: bool, exit_code: bool) -> int:
    """Compare two images, containers or ranges of layers; without options, all three."""
    from layertui.core.errors import LayertuiError

    every = not (history or files or config)
    try:
        differs = _compare(asked, a, b, history=history or every, files=files or every, config=config or every)
    except LayertuiError as error:
        if not exit_code:
            raise
        asked.fail(str(error))
        return 2
    return 1 if exit_code and differs else 0


def _compare(asked: Asked, a: str, b: str, *, history: bool, files: bool, config: bool) -> bool:
    from layertui.tui.report.comparison import report_lines, report_object

    progress = asked.progress()
    left = asked.inspector.open(a, progress=progress)
    right = asked.inspector.open(b, progress=progress)
    report = asked.inspector.compare(left, right, history=history, files=files, config=config, progress=progress)
    if asked.json:
        asked.out.document(report_object(report))
    else:
        asked.out.lines(report_lines(report))
    return not report.same
