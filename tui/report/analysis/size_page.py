"""A size report as one HTML file: no script, no external links, all text from images escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from layertui.tui.common.format import safe
from layertui.tui.report.analysis.map_picture import legend, map_picture
from layertui.tui.report.analysis.size_tables import size_tables
from layertui.tui.report.analysis.size_words import dive_sentence, growth_sentence, summary, verdict
from layertui.tui.report.html_text import html_code, html_table, page_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.look.size_report import SizeReport
    from layertui.tui.report.analysis.size_tables import AnalysisTable

_STYLE = """
tr.FAIL { color: var(--left) }
svg { width: 100%; height: auto; font: 12px ui-monospace, monospace } svg text { fill: currentColor }
"""


def size_page(report: SizeReport, most: int) -> Iterator[str]:
    """The verdict, the size map as a picture, then a table for each list, of at most ``most`` rows."""
    title = report.subject.title
    yield from page_head(escape(safe(title)), _STYLE)
    if report.rules:
        yield f'<p class="verdict">{escape(verdict(report))}</p>'
    yield f'<p class="verdict">{escape(summary(report))}</p>'
    if (dive := dive_sentence(report)) is not None:
        yield f"<p>{escape(dive)}</p>"
    if report.growth is not None:
        yield f"<p>{escape(safe(growth_sentence(report.growth, title)))}</p>"
    size_map = report.size_map()
    yield from map_picture(size_map)
    yield f"<p>{''.join(legend(size_map, [layer.size for layer in report.layers]))}</p>"
    for table in size_tables(report, most):
        yield from html_table(escape(table.title), table.aligns, table.headers, _rows(table))
        if table.note:
            yield f"<p>{escape(table.note)}</p>"
    yield "</body></html>"


def _rows(table: AnalysisTable) -> Iterator[tuple[str, tuple[str, ...]]]:
    for row in table.rows:
        cells = (safe(cell) for cell in row)
        yield row[0], tuple((html_code if at in table.code else escape)(cell) for at, cell in enumerate(cells))
