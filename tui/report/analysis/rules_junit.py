"""The rules of a size report as JUnit XML: each rule is a test case."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from layertui.tui.common.format import safe
from layertui.tui.report.analysis.size_words import finding_texts, rule_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.rules.rules import RuleResult
    from layertui.core.inspector.look.size_report import SizeReport

_NOT_IN_XML = str.maketrans({"\ufffe": r"\ufffe", "\uffff": r"\uffff"})  # and not escaped on a terminal


def junit_lines(report: SizeReport) -> Iterator[str]:
    """The document; a control character from an image, which XML has no place for, is escaped as in text."""
    failed = sum(not rule.passed for rule in report.rules)
    counts = f'tests="{len(report.rules)}" failures="{failed}" errors="0"'
    image = _attribute(report.subject.title)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="layertui analyze" {counts}>'
    yield f'  <testsuite name={image} {counts} skipped="0">'
    for rule in report.rules:
        yield from _case(rule, report, image)
    yield "  </testsuite>"
    yield "</testsuites>"


def _case(rule: RuleResult, report: SizeReport, image: str) -> Iterator[str]:
    name = f"{rule.name} {rule.limit}" if rule.name in ("forbid", "forbid-package") else rule.name
    start = f"    <testcase classname={image} name={_attribute(name)}"
    if rule.passed:
        yield f"{start}/>"
        return
    yield f"{start}>"
    paths = "\n".join(map(_text, finding_texts(rule, report)))
    yield f"      <failure message={_attribute(rule_sentence(rule))}>{escape(paths)}</failure>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_text(text))


def _text(text: str) -> str:
    return safe(text).translate(_NOT_IN_XML)
