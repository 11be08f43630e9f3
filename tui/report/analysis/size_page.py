"""A size report as one HTML file: no script, no external links, all text from images escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from layertui.tui.common.format import safe
from layertui.tui.report.analysis.size_tables import size_tables
from layertui.tui.report.analysis.size_words import growth_sentence, summary, verdict
from layertui.tui.report.html_text import html_code, html_table, page_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.look.size_report import SizeReport
    from layertui.tui.report.analysis.size_tables import SizeTable

_STYLE = """
tr.FAIL { color: var(--left) } .bar { background: var(--both); fill-opacity: .35 } .bar.hidden { background: var(--left) }
"""
_WIDTH = 60  # em, of all bytes together


def size_page(report: SizeReport, most: int) -> Iterator[str]:
    """The verdict, a bar for each layer, then a table for each list, of at most ``most`` rows."""
    title = report.subject.title
    yield from page_head(escape(safe(title)), _STYLE)
    if report.rules:
        yield f'<p class="verdict">{escape(verdict(report))}</p>'
    yield f'<p class="verdict">{escape(summary(report))}</p>'
    if report.growth is not None:
        yield f"<p>{escape(safe(growth_sentence(report.growth, title)))}</p>"
    yield from _bars(report)
    for table in size_tables(report, most):
        yield from html_table(escape(table.title), table.aligns, table.headers, _rows(table))
        if table.note:
            yield f"<p>{escape(table.note)}</p>"
    yield "</body></html>"


def _rows(table: SizeTable) -> Iterator[tuple[str, tuple[str, ...]]]:
    for row in table.rows:
        cells = (safe(cell) for cell in row)
        yield row[0], tuple((html_code if at in table.code else escape)(cell) for at, cell in enumerate(cells))


def _bars(report: SizeReport) -> Iterator[str]:
    """All bytes as one bar: a piece for each layer, what of it is hidden in another colour."""
    pieces = []
    for layer in report.layers:
        for name, count in (("", layer.size - layer.hidden), (" hidden", layer.hidden)):
            if count:
                width = _WIDTH * count / report.size
                pieces.append(
                    f'<span class="bar{name}" style="width:{width:.2f}em" title="layer {layer.number}{name}"></span>'
                )
    yield f"<p>{''.join(pieces)}</p>"
