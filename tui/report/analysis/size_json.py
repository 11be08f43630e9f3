"""A size report as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layertui.tui.report.package_report import package_objects

if TYPE_CHECKING:
    from layertui.core.analysis.rules.rules import RuleResult
    from layertui.core.analysis.waste import WastedPath
    from layertui.core.inspector.look.size_report import SizeReport

Object = dict[str, Any]

_WITH_FINDINGS = ("no-secrets", "forbid-package")
_WITH_PATHS = ("forbid", "no-setuid", *_WITH_FINDINGS)


def size_object(report: SizeReport) -> Object:
    """`analyze --json`. All wasted paths are listed, and the largest of the other lists."""
    wasted = report.waste.largest()
    growth = report.growth
    return {
        "size": report.size,
        "layers": len(report.layers),
        "wasted_bytes": report.wasted_bytes,
        "efficiency": report.efficiency,
        "user_wasted_percent": report.user_wasted_share,
        "wasted": [_wasted(path) for path in wasted],
        "rules": [_rule(rule) for rule in report.rules],
        "largest": [{"path": file.path, "size": file.size, "layer": file.layer} for file in report.largest],
        "same_content": None
        if report.same_content is None
        else [{"digest": same.digest, "size": same.size, "paths": same.paths()} for same in report.same_content.groups],
        "leftovers": [
            {"kind": leftover.kind, "bytes": leftover.bytes, "paths": list(leftover.paths)}
            for leftover in report.leftovers
        ],
        "kinds": [{"name": kind.name, "bytes": kind.bytes, "files": kind.files} for kind in report.kinds],
        "packages": None if report.packages is None else package_objects(report.packages),
        "packages_not_read": None if report.packages is None else list(report.packages.problems),
        "by_layer": [
            {
                "layer": layer.number,
                "size": layer.size,
                "hidden": layer.hidden,
                "hides": layer.hides,
                "created_by": layer.created_by,
            }
            for layer in report.layers
        ],
        "hidden": [_hidden(path) for path in wasted],
        "dive": None
        if report.dive is None
        else {"efficiency": report.dive.efficiency, "wasted_bytes": report.dive.wasted_bytes},
        "growth": None if growth is None else {"against": growth.against, "bytes": growth.bytes},
    }


def _wasted(path: WastedPath) -> Object:
    return {"path": path.path, "bytes": path.bytes, "count": len(path.copies), "layers": list(path.layers)}


def _hidden(path: WastedPath) -> Object:
    copies = [
        {"layer": copy.layer, "bytes": copy.bytes, "hidden_by": copy.hidden_by, "why": copy.why.name.lower()}
        for copy in path.copies
    ]
    return {"path": path.path, "copies": copies, "changed": list(path.changed)}


def _rule(rule: RuleResult) -> Object:
    found: Object = {"paths": list(rule.paths)} if rule.name in _WITH_PATHS else {}
    if rule.name in _WITH_FINDINGS:
        found["findings"] = [
            {"path": one.path, "kind": one.kind, "line": one.line, "layer": one.layer, "hidden": one.hidden}
            for one in rule.findings
        ]
    return {"name": rule.name, "limit": rule.limit, "value": rule.value, "pass": rule.passed, **found}
