"""A comparison as one HTML file: no script, no external links, all text from images escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, size
from layertui.tui.report.comparison import page_sections
from layertui.tui.report.comparison.layer_picture import stacks
from layertui.tui.report.comparison.verdict import verdict
from layertui.tui.report.html_text import html_code, html_table, page_head

if TYPE_CHECKING:
    from layertui.core.inspector.inspector_answers import Report

MOST_FILES = 20_000
"""The largest number of paths to list; the rest is counted: a browser does not scroll through a million rows."""

_STYLE = """
tr.only_a, tr.removed { color: var(--left) } tr.only_b, tr.added { color: var(--right) } tr.changed, tr.modified { color: var(--changed) }
svg { width: 100%; height: auto; font: 12px ui-monospace, monospace } svg text { fill: currentColor } svg .head { font-weight: 700 }
rect.both { fill: var(--both); fill-opacity: .35 } rect.left { fill: var(--left); fill-opacity: .35 } rect.right { fill: var(--right); fill-opacity: .35 }
path.join { fill: var(--both); fill-opacity: .12 }
.bar.left { background: var(--left) } .bar.right { background: var(--right) }
"""


def page_lines(report: Report) -> Iterator[str]:
    """The page: the verdict, the picture of the two stacks, then a table for each part that differs."""
    title = " ⇄ ".join(map(escape, page_sections.names(report)))
    yield from page_head(title, _STYLE)
    yield f'<p class="verdict">{escape(verdict(report))}</p>'
    yield stacks(report)
    if not report.same:
        yield from _parts(report)
    yield "</body></html>"


def _parts(report: Report) -> Iterator[str]:
    left, right = map(escape, page_sections.names(report))
    if report.imported is not None:
        yield from html_table(
            tr("Lost"),
            "ll",
            (tr("what"), tr("means")),
            (("", (html_code(what), escape(why))) for what, why in page_sections.lost_rows(report)),
        )
        if command := page_sections.put_back(report):
            yield f"<p>To keep its config: {html_code(command)}</p>"
    if report.history:
        rows = (
            (
                row.op,
                (
                    html_code(page_sections.STEP_MARKS[row.op]),
                    row.a,
                    row.b,
                    row.change,
                    f"{html_code(row.words)} {escape(row.note)}",
                ),
            )
            for row in page_sections.step_rows(report)
        )
        yield from html_table(tr("History"), "lrrrl", ("", left, right, tr("change"), tr("step")), rows)
        yield f"<p>{escape(page_sections.rebuilt(report))}</p>"
        yield from html_table(
            tr("Sizes"),
            "lrr",
            ("", left, right),
            (("", tuple(map(escape, row))) for row in page_sections.size_rows(report)),
        )
    if report.files:
        yield from _files(report)
    if packages := page_sections.package_rows(report):
        lines = (("", tuple(map(html_code, texts))) for texts in packages)
        title = tr("Packages: {package_counts}", package_counts=page_sections.package_counts(report))
        yield from html_table(title, "llll", ("", tr("package"), left, right), lines)
    if report.config and report.comparison.fields:
        cells = (
            ("", (html_code(name), html_code(a), html_code(b), escape(why)))
            for name, a, b, why in page_sections.config_rows(report)
        )
        yield from html_table(tr("Config"), "llll", (tr("field"), left, right, tr("means")), cells)


def _files(report: Report) -> Iterator[str]:
    assert report.files is not None
    yield from _folders(report)
    rows = ((change.kind, page_sections.file_row(change)) for change in islice(report.files, MOST_FILES))
    cells = ((kind, (html_code(row.mark), html_code(row.path), row.fields, escape(row.layers))) for kind, row in rows)
    yield from html_table(tr("Files"), "lllr", ("", tr("path"), tr("differs"), tr("layer")), cells)
    if (more := len(report.files) - MOST_FILES) > 0:
        yield f"<p>{escape(tr('… and {more} more.', more=count_text(more)))}</p>"


def _folders(report: Report) -> Iterator[str]:
    bars = page_sections.folders(report)
    most = max((bar.before + bar.after for bar in bars), default=1)
    rows = (
        (
            "",
            (
                html_code(page_sections.folder_name(bar)),
                f"-{size(bar.before)}",
                f"+{size(bar.after)}",
                _bar("left", bar.before / most) + _bar("right", bar.after / most),
            ),
        )
        for bar in bars
    )
    yield from html_table(tr("Bytes by folder"), "lrrl", (tr("folder"), tr("before"), tr("after"), ""), rows)


def _bar(side: str, share: float) -> str:
    return f'<span class="bar {side}" style="width:{share * 20:.2f}em"></span>'
