"""The output formats of a size report: text, JSON, JUnit XML, Markdown, SARIF, HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.inspector.look.size_report import SizeReport

FORMS = ("text", "json", "junit", "markdown", "sarif", "html")


def size_report_in(form: str, report: SizeReport, most: int) -> Iterator[str]:
    """The lines of a report in one of `FORMS`; of each list that is for people at most ``most`` rows."""
    match form:
        case "json":
            from layertui.tui.report.analysis.size_json import size_object
            from layertui.tui.report.json_output import json_bytes

            yield json_bytes(size_object(report)).decode()
        case _:
            from layertui.tui.report.analysis.size_text import size_lines

            yield from size_lines(report, most)
