"""A comparison as Markdown, for a pull request: headings and tables, all text from images escaped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, size
from layertui.tui.report.comparison import page_sections
from layertui.tui.report.comparison.verdict import verdict
from layertui.tui.report.markdown_text import code, escaped, markdown_table

if TYPE_CHECKING:
    from layertui.core.inspector.inspector_answers import Report

MOST_FILES = 500
"""The largest number of paths to list; the rest is counted: a review page does not show a million rows."""


def markdown_lines(report: Report) -> Iterator[str]:
    """The verdict; then a table for each part that was compared and differs."""
    left, right = map(code, page_sections.names(report))
    yield f"**{escaped(verdict(report))}**"
    yield ""
    yield f"{left} ⇄ {right}"
    if report.same:
        return
    if report.imported is not None:
        yield from markdown_table(
            tr("Lost"),
            "ll",
            (tr("what"), tr("means")),
            ((code(what), escaped(why)) for what, why in page_sections.lost_rows(report)),
        )
        if command := page_sections.put_back(report):
            yield ""
            yield tr("To keep its config: {code}", code=code(command))
    if report.history:
        yield from _history(report, left, right)
    if report.files:
        yield from _files(report)
    if packages := page_sections.package_rows(report):
        cells = ((f"<code>{mark}</code>", *map(code, texts)) for mark, *texts in packages)
        yield from markdown_table(
            tr("Packages: {package_counts}", package_counts=page_sections.package_counts(report)),
            "llll",
            ("", tr("package"), left, right),
            cells,
        )
    if report.config and report.comparison.fields:
        rows = ((code(name), code(a), code(b), escaped(why)) for name, a, b, why in page_sections.config_rows(report))
        yield from markdown_table(tr("Config"), "llll", (tr("field"), left, right, tr("means")), rows)


def _history(report: Report, left: str, right: str) -> Iterator[str]:
    rows = (
        (
            f"<code>{escaped(page_sections.STEP_MARKS[row.op])}</code>",
            row.a,
            row.b,
            row.change,
            f"{code(row.words)} {row.note}".strip(),
        )
        for row in page_sections.step_rows(report)
    )
    yield from markdown_table(tr("History"), "lrrrl", ("", left, right, tr("change"), tr("step")), rows)
    if sentence := page_sections.rebuilt(report):
        yield ""
        yield escaped(sentence)
    yield from markdown_table(tr("Sizes"), "lrr", ("", left, right), page_sections.size_rows(report))


def _files(report: Report) -> Iterator[str]:
    assert report.files is not None
    rows = map(page_sections.file_row, islice(report.files, MOST_FILES))
    cells = ((f"<code>{row.mark}</code>", code(row.path), row.fields, row.layers) for row in rows)
    yield from markdown_table(tr("Files"), "lllr", ("", tr("path"), tr("differs"), tr("layer")), cells)
    if (more := len(report.files) - MOST_FILES) > 0:
        yield ""
        yield tr("… and {more} more.", more=count_text(more))
    bars = (
        (code(page_sections.folder_name(bar)), f"-{size(bar.before)}", f"+{size(bar.after)}")
        for bar in page_sections.folders(report)
    )
    yield from markdown_table(tr("Bytes by folder"), "lrr", (tr("folder"), tr("before"), tr("after")), bars)
