"""The rules that failed, and what the build left behind, as SARIF 2.1.0 for code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from layertui import __version__
from layertui.tui.common.format import safe, size
from layertui.tui.report.analysis.size_words import finding_texts, rule_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.analysis.rules.rules import RuleResult
    from layertui.core.inspector.look.size_report import SizeReport

Object = dict[str, Any]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST_LOCATIONS = 100


def sarif_object(report: SizeReport) -> Object:
    """The document: an `error` for each rule that failed, or for each secret and package, a `note` for each kind of leftover."""
    results = [one for rule in report.rules if not rule.passed for one in _failures(rule, report)]
    results += [
        _result(
            _identity(leftover.kind),
            "note",
            f"{size(leftover.bytes)} of {leftover.kind} are left behind: {leftover.hint}",
            leftover.paths,
        )
        for leftover in report.leftovers
    ]
    names = dict.fromkeys([*(rule.name for rule in report.rules), *(_identity(one.kind) for one in report.leftovers)])
    driver = {
        "name": "layertui",
        "version": __version__,
        "rules": [{"id": name, "shortDescription": {"text": name.replace("-", " ")}} for name in names],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _failures(rule: RuleResult, report: SizeReport) -> list[Object]:
    """A result for a rule that failed, or one for each secret or package, which have a line and a step."""
    if not rule.findings:
        places = rule.paths or [report.subject.title]
        return [_result(rule.name, "error", f"{rule.name}: {rule_sentence(rule)}", places)]
    texts = finding_texts(rule, report)[:_MOST_LOCATIONS]
    return [
        _result(rule.name, "error", f"{rule.name}: {text}", [finding.path], finding.line or 1)
        for finding, text in zip(rule.findings, texts, strict=False)
    ]


def _identity(kind: str) -> str:
    return f"leftover-{kind.replace(' ', '-')}"


def _result(rule: str, level: str, message: str, paths: Iterable[str], line: int = 1) -> Object:
    locations = [
        {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": line}}}
        for path in list(paths)[:_MOST_LOCATIONS]
    ]
    return {"ruleId": rule, "level": level, "message": {"text": safe(message)}, "locations": locations}


def _uri(path: str) -> str:
    return quote(path.lstrip("/").encode("utf-8", "surrogateescape"))
