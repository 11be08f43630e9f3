"""The output formats of a comparison's report: text, JSON, Markdown, HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.inspector_answers import Report

FORMS = ("text", "json", "markdown", "html")
SUFFIXES = {".txt": "text", ".json": "json", ".md": "markdown", ".html": "html"}
"""The format of a file by its suffix."""


def report_in(form: str, report: Report) -> Iterator[str]:
    """The lines of a report in one of `FORMS`."""
    match form:
        case "json":
            from layertui.tui.report.comparison.json_comparison import report_object
            from layertui.tui.report.json_output import json_bytes

            yield json_bytes(report_object(report)).decode()
        case "markdown":
            from layertui.tui.report.comparison.markdown import markdown_lines

            yield from markdown_lines(report)
        case "html":
            from layertui.tui.report.comparison.html_page import page_lines

            yield from page_lines(report)
        case _:
            from layertui.tui.report.comparison.json_comparison import report_lines

            yield from report_lines(report)
