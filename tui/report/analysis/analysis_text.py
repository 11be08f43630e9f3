"""A size report as text: why an image is as big as it is, in one look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.tui.common.format import safe
from layertui.tui.report.analysis.size_tables import size_tables
from layertui.tui.report.analysis.size_words import dive_sentence, growth_sentence, summary, verdict
from layertui.tui.report.json_output import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.look.size_report import SizeReport


def size_lines(report: SizeReport, most: int) -> Iterator[str]:
    """The lines; of each list at most ``most`` rows, the largest first."""
    yield f"{safe(report.subject.title)}: {summary(report)}"
    if (dive := dive_sentence(report)) is not None:
        yield dive
    if report.growth is not None:
        yield safe(growth_sentence(report.growth, report.subject.title))
    for table in size_tables(report, most):
        yield ""
        yield table.title
        headers = tuple(header.upper() for header in table.headers)
        rows = (tuple(map(safe, row)) for row in table.rows_in_lines())
        yield from (f"  {line}" for line in aligned(table.aligns, [headers, *rows] if any(headers) else rows))
        if table.note:
            yield f"  {table.note}"
    if report.rules:
        yield ""
        yield verdict(report)
