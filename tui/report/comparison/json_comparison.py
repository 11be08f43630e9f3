"""A comparison as a JSON object and as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.report.comparison import page_sections
from layertui.tui.report.comparison.verdict import verdict
from layertui.tui.report.image_report import step_object
from layertui.tui.report.json_output import aligned

if TYPE_CHECKING:
    from layertui.core.analysis.packages.package_changes import PackageChange
    from layertui.core.images.compare.compare_images import StepPair
    from layertui.core.inspector.inspector_answers import Report
    from layertui.core.layers.diff.file_changes import FileChange

Object = dict[str, Any]


def report_object(report: Report) -> Object:
    """`compare --json`; parts that were not compared are null, and `packages` is there only if they were asked for."""
    comparison = report.comparison
    found: Object = {
        "same": report.same,
        "base": {"layers": comparison.base.layers, "chain_id": comparison.base.chain_id},
        "history": [_pair_object(pair) for pair in comparison.history] if report.history else None,
        "files": _files_object(report),
        "config": [{"field": one.field, "a": one.a, "b": one.b} for one in comparison.config]
        if report.config
        else None,
        "verdict": verdict(report),
    }
    if report.packages is not None:
        found["packages"] = [_package_object(one) for one in report.packages.changes]
    return found


def _package_object(one: PackageChange) -> Object:
    return {"type": one.kind, "name": one.name, "kind": one.change, "a": list(one.before), "b": list(one.after)}


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
    from layertui.tui.report.row_objects import entry_object  # late: histories need no numpy

    return {
        "path": change.path,
        "kind": change.kind,
        "a": entry_object(change.a) if change.a else None,
        "b": entry_object(change.b) if change.b else None,
        "fields": list(change.fields),
    }


def report_lines(report: Report) -> Iterator[str]:
    """The verdict; then, unless nothing differs, the aligned histories, differing files and config fields, and sizes."""
    yield verdict(report)
    if report.same:
        return
    if report.imported is not None:
        yield from _titled(
            tr("Lost"), (f"{what}: {meaning}" if meaning else what for what, meaning in page_sections.lost_rows(report))
        )
        if command := page_sections.put_back(report):
            yield tr("  to keep its config: {command}", command=command)
    if report.history:
        yield from _titled(
            tr(
                "History (= both, < only {names}, > only {names2}, ~ changed)",
                names=page_sections.names(report)[0],
                names2=page_sections.names(report)[1],
            ),
            _steps(report),
        )
        yield from _titled(
            tr("Sizes"), aligned("lrr", [("", *page_sections.names(report)), *page_sections.size_rows(report)])
        )
    if report.files:
        yield from _titled(tr("Files"), map(_file_line, report.files))
        bars = [
            (f"-{size(bar.before)}", f"+{size(bar.after)}", page_sections.folder_name(bar))
            for bar in page_sections.folders(report)
        ]
        yield from _titled(tr("Bytes by folder"), aligned("rrl", bars))
    if rows := page_sections.package_rows(report):
        lines = [(mark, name, " → ".join(filter(None, versions))) for mark, name, *versions in rows]
        yield from _titled(
            tr("Packages: {package_counts}", package_counts=page_sections.package_counts(report)), aligned("lll", lines)
        )
    if report.packages is not None and report.packages.problems:
        yield from _titled(tr("Packages that could not be read"), map(safe, report.packages.problems))
    if report.config and report.comparison.fields:
        yield from _titled(tr("Config"), map(_config_line, page_sections.config_rows(report)))


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines)


def _steps(report: Report) -> Iterator[str]:
    rows = [
        (
            page_sections.STEP_MARKS[row.op],
            row.a or "-",
            row.b or "-",
            f"{row.words}  ({row.note})" if row.note else row.words,
        )
        for row in page_sections.step_rows(report)
    ]
    yield from aligned("lrrl", rows)
    if sentence := page_sections.rebuilt(report):
        yield sentence


def _file_line(change: FileChange) -> str:
    row = page_sections.file_row(change)
    return f"{row.mark} {row.path}  ({', '.join(filter(None, (row.fields, tr('layer {layers}', layers=row.layers))))})"


def _config_line(row: tuple[str, str, str, str]) -> str:
    name, a, b, meaning = row
    return f"{name}: {a} | {b}" + (f"  ({meaning})" if meaning else "")
