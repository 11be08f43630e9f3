"""The output formats of a size report: text, JSON, JUnit XML, Markdown, SARIF, HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.look.size_report import SizeReport

FORMS = ("text", "json", "junit", "markdown", "sarif", "html")


def size_report_in(form: str, report: SizeReport, most: int) -> Iterator[str]:
    """The lines of a report in one of `FORMS`; of each list that is for people at most ``most`` rows."""
    match form:
        case "json" | "sarif":
            from layertui.tui.report.json_output import json_bytes

            yield json_bytes(_document(form, report)).decode()
        case "junit":
            from layertui.tui.report.analysis.rules_junit import junit_lines

            yield from junit_lines(report)
        case "markdown":
            from layertui.tui.report.analysis.size_markdown import size_markdown

            yield from size_markdown(report, most)
        case "html":
            from layertui.tui.report.analysis.size_page import size_page

            yield from size_page(report, most)
        case _:
            from layertui.tui.report.analysis.analysis_text import size_lines

            yield from size_lines(report, most)


def _document(form: str, report: SizeReport) -> dict[str, Any]:
    if form == "sarif":
        from layertui.tui.report.analysis.rules_sarif import sarif_object

        return sarif_object(report)
    from layertui.tui.report.analysis.size_json import size_object

    return size_object(report)
