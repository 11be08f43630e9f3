"""A size report as Markdown, for a pull request: all text from images escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.tui.common.format import safe
from layertui.tui.report.analysis.size_tables import size_tables
from layertui.tui.report.analysis.size_words import dive_sentence, growth_sentence, summary, verdict
from layertui.tui.report.markdown_text import code, escaped, markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.look.size_report import SizeReport


def size_markdown(report: SizeReport, most: int) -> Iterator[str]:
    """The verdict, what changed, then a table for each list, of at most ``most`` rows."""
    title = report.subject.title
    if report.rules:
        yield f"**{escaped(verdict(report))}**"
        yield ""
    yield f"{code(safe(title))}: {escaped(summary(report))}"
    if (dive := dive_sentence(report)) is not None:
        yield ""
        yield escaped(dive)
    if report.growth is not None:
        yield ""
        yield escaped(safe(growth_sentence(report.growth, title)))
    for table in size_tables(report, most):
        rows = (
            tuple((code if at in table.code else escaped)(safe(cell)) for at, cell in enumerate(row))
            for row in table.rows_in_lines()
        )
        yield from markdown_table(table.title, table.aligns, table.headers, rows)
        if table.note:
            yield ""
            yield escaped(table.note)
