"""Two images side by side, as a JSON object and as lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from layertui.tui.format import one_line, safe, short, shorten, size
from layertui.tui.report.images import step_object
from layertui.tui.report.out import aligned
from layertui.tui.report.rows import entry_object
from layertui.tui.report.verdict import verdict

if TYPE_CHECKING:
    from layertui.core.images.compare import StepPair
    from layertui.core.images.configs import ConfigDifference
    from layertui.core.images.history import Step
    from layertui.core.inspector.answers import Report
    from layertui.core.layers.changes import FileChange

Object = dict[str, Any]

# How a pair of steps, and a file, are marked in front.
_STEP_MARKS = {"same": "=", "only_a": "<", "only_b": ">", "changed": "~"}
_FILE_MARKS = {"added": "A", "removed": "D", "modified": "M"}


def report_object(report: Report) -> Object:
    """`compare --json`; what was not asked for is null."""
    comparison = report.comparison
    return {
        "same": report.same,
        "base": {"layers": comparison.base.layers, "chain_id": comparison.base.chain_id},
        "history": [_pair_object(pair) for pair in comparison.history] if report.history else None,
        "files": _files_object(report),
        "config": [{"field": one.field, "a": one.a, "b": one.b} for one in comparison.config]
        if report.config
        else None,
        "verdict": verdict(report),
    }


def _pair_object(pair: StepPair) -> Object:
    return {
        "op": pair.op,
        "a": step_object(pair.a) if pair.a else None,
        "b": step_object(pair.b) if pair.b else None,
    }


def _files_object(report: Report) -> Object | None:
    if report.files is None or report.counts is None:
        return None
    counts = report.counts
    return {
        "added": counts.added,
        "removed": counts.removed,
        "modified": counts.modified,
        "changes": [_change_object(change) for change in report.files],
    }


def _change_object(change: FileChange) -> Object:
    return {
        "path": change.path,
        "kind": change.kind,
        "a": entry_object(change.a) if change.a else None,
        "b": entry_object(change.b) if change.b else None,
        "fields": list(change.fields),
    }


def report_lines(report: Report) -> Iterator[str]:
    """Histories lined up, files and config fields that differ, and the verdict at the end."""
    if report.history:
        yield from _history_lines(report)
    if report.files:
        yield "Files"
        yield from map(_file_line, report.files)
        yield ""
    if report.config and report.comparison.config:
        yield "Config"
        yield from map(_config_line, report.comparison.config)
        yield ""
    yield verdict(report)


def _history_lines(report: Report) -> Iterator[str]:
    base = report.comparison.base
    pairs = report.comparison.history
    yield f"History (= both, < only {safe(report.a.name)}, > only {safe(report.b.name)}, ~ changed)"
    rows = []
    folded = base.steps if base.layers else 0
    if folded:
        what = f"shared base: {base.layers} layers, {folded} steps, chain {short(base.chain_id)}"
        rows.append(["=", size(base.size), size(base.size), what])
    rows += [_pair_row(pair) for pair in pairs[folded:]]
    yield from (f"  {line}" for line in aligned("lrrl", rows))
    yield ""


def _pair_row(pair: StepPair) -> list[str]:
    told = pair.a or pair.b
    words = [_words(step) for step in (pair.a, pair.b) if step is not None]
    text = words[0] if len(set(words)) == 1 else " | ".join(words)
    return [_STEP_MARKS[pair.op], _bytes(pair.a), _bytes(pair.b), text if told else ""]


def _words(step: Step) -> str:
    return shorten(one_line(step.command or step.comment or "(no history)"), 60)


def _bytes(step: Step | None) -> str:
    return "-" if step is None else size(step.size)


def _file_line(change: FileChange) -> str:
    fields = f"  ({', '.join(change.fields)})" if change.fields else ""
    return f"  {_FILE_MARKS[change.kind]} {safe(change.path)}{fields}"


def _config_line(one: ConfigDifference) -> str:
    return f"  {safe(one.field)}: {_value(one.a)} | {_value(one.b)}"


def _value(value: Any) -> str:
    return "-" if value is None else one_line(json.dumps(value, ensure_ascii=False))
