"""The rules that failed, and what the build left behind, as SARIF 2.1.0 for code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from layertui import __version__
from layertui.tui.common.format import safe, size
from layertui.tui.report.analysis.size_words import rule_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.inspector.look.size_report import SizeReport

Object = dict[str, Any]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST_LOCATIONS = 100


def sarif_object(report: SizeReport) -> Object:
    """The document: an `error` for each rule that failed, a `note` for each kind of leftover."""
    results = [
        _result(rule.name, "error", f"{rule.name}: {rule_sentence(rule)}", rule.paths or [report.subject.title])
        for rule in report.rules
        if not rule.passed
    ]
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


def _identity(kind: str) -> str:
    return f"leftover-{kind.replace(' ', '-')}"


def _result(rule: str, level: str, message: str, paths: Iterable[str]) -> Object:
    locations = [
        {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": 1}}}
        for path in list(paths)[:_MOST_LOCATIONS]
    ]
    return {"ruleId": rule, "level": level, "message": {"text": safe(message)}, "locations": locations}


def _uri(path: str) -> str:
    return quote(path.lstrip("/").encode("utf-8", "surrogateescape"))
