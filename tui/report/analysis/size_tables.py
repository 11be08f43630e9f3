"""The tables of a size report, as cells of text that is not escaped yet; text, Markdown and HTML are made of the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import count_text, one_line, shorten, size
from layertui.tui.report.analysis.size_words import finding_texts, hiding, percent, rule_sentence, step_of
from layertui.tui.report.package_report import brought_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.inspector.look.size_report import SizeReport

COMMAND_WIDTH = 60
"""Where a line cannot be wrapped, commands are cut to so many characters."""

_PATHS_OF_A_RULE = 10


@dataclass(frozen=True, slots=True)
class AnalysisTable:
    """One table: a title, and columns that are aligned left or right, by `l` and `r`."""

    title: str
    aligns: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    code: frozenset[int] = frozenset()
    """The columns whose text comes out of the image."""
    note: str = ""
    """What is not in the rows."""
    commands: frozenset[int] = frozenset()
    """The columns that may be as long as a script."""

    def rows_in_lines(self) -> Iterator[tuple[str, ...]]:
        """The rows for a form that does not wrap them: commands are cut."""
        for row in self.rows:
            yield tuple(shorten(cell, COMMAND_WIDTH) if at in self.commands else cell for at, cell in enumerate(row))


def size_tables(report: SizeReport, most: int) -> Iterator[AnalysisTable]:
    """Those tables that have rows; of each list at most ``most`` rows, the largest first."""
    tables = (_layers(report), _wasted(report, most), _largest(report, most), _kinds(report), _packages(report))
    yield from (
        table
        for table in (
            *tables,
            _not_read(report),
            _leftovers(report),
            _same_content(report, most),
            _findings(report, most),
            _rules(report),
        )
        if table.rows
    )


def _layers(report: SizeReport) -> AnalysisTable:
    rows = [
        (
            count_text(layer.number),
            size(layer.size),
            percent(layer.size, report.size),
            size(layer.hidden) if layer.hidden else "",
            size(layer.hides) if layer.hides else "",
            one_line(step_of(layer)),
        )
        for layer in report.layers
    ]
    headers = (tr("layer"), tr("size"), tr("share"), tr("hidden"), tr("hides"), tr("created by"))
    return AnalysisTable(tr("Layers"), "rrrrrl", headers, rows, frozenset({5}), commands=frozenset({5}))


def _wasted(report: SizeReport, most: int) -> AnalysisTable:
    paths = report.waste.largest(most)
    rows = [
        (size(path.bytes), ", ".join(map(str, dict.fromkeys(path.layers))), hiding(path), path.path) for path in paths
    ]
    rest = report.wasted_bytes - sum(path.bytes for path in paths)
    headers = (tr("bytes"), tr("in layer"), tr("why"), tr("path"))
    notes = [_more(len(report.waste) - len(paths), "path", rest)]
    if report.same_content is None and len(report.stored.rewritten()[0]):
        notes.append(tr("contents were not compared: without options, `analyze` says which are the same bytes again"))
    note = "; ".join(filter(None, notes))
    return AnalysisTable(tr("Wasted: stored, but hidden by higher layers"), "rrll", headers, rows, frozenset({3}), note)


def _largest(report: SizeReport, most: int) -> AnalysisTable:
    rows = [(size(file.size), count_text(file.layer), file.path) for file in report.largest[:most]]
    return AnalysisTable(tr("Largest files"), "rrl", (tr("size"), tr("layer"), tr("path")), rows, frozenset({2}))


def _kinds(report: SizeReport) -> AnalysisTable:
    rows = [
        (size(kind.bytes), percent(kind.bytes, report.size), count_text(kind.files), kind.name) for kind in report.kinds
    ]
    return AnalysisTable(tr("Kinds of files"), "rrrl", (tr("bytes"), tr("share"), tr("files"), tr("kind")), rows)


def _packages(report: SizeReport) -> AnalysisTable:
    found = report.packages
    layers = found.by_layer() if found is not None else []
    rows = [(count_text(one.layer), brought_text(one)) for one in layers if report.stored.low <= one.layer]
    note = tr("in no package: {size}", size=size(found.unowned_size)) if found is not None else ""
    return AnalysisTable(tr("Packages"), "rl", (tr("layer"), tr("brought")), rows, note=note)


def _not_read(report: SizeReport) -> AnalysisTable:
    """Damaged package databases, and those beyond a bound: without them, the packages above would look complete."""
    problems = report.packages.problems if report.packages is not None else ()
    rows = [(problem,) for problem in problems]
    return AnalysisTable(tr("Packages that could not be read"), "l", (tr("what and why"),), rows, frozenset({0}))


def _leftovers(report: SizeReport) -> AnalysisTable:
    rows = [
        (
            size(leftover.bytes),
            count_text(leftover.files),
            leftover.kind + (tr(", already removed by a higher layer") if leftover.hidden == leftover.bytes else ""),
            leftover.hint,
        )
        for leftover in report.leftovers
    ]
    return AnalysisTable(
        tr("Left behind by the build"), "rrll", (tr("bytes"), tr("files"), tr("kind"), tr("in the Dockerfile")), rows
    )


def _same_content(report: SizeReport, most: int) -> AnalysisTable:
    found = report.same_content
    groups = found.groups[:most] if found is not None else ()
    rows = [
        (size(group.repeated), f"{count_text(group.count)} x {size(group.size)}", *group.paths(2)) for group in groups
    ]
    rest = found.repeated - sum(group.repeated for group in groups) if found is not None else 0
    note = _more((found.count if found is not None else 0) - len(groups), "group", rest)
    headers = (tr("repeated"), tr("files"), tr("path"), tr("and"))
    return AnalysisTable(tr("Same content in several places"), "rrll", headers, rows, frozenset({2, 3}), note)


def _rules(report: SizeReport) -> AnalysisTable:
    rows = []
    for rule in report.rules:
        more = len(rule.paths) - _PATHS_OF_A_RULE
        paths = " ".join(rule.paths[:_PATHS_OF_A_RULE]) + (
            tr(" … {more} more", more=count_text(more)) if more > 0 else ""
        )
        rows.append(("pass" if rule.passed else "FAIL", rule.name, rule_sentence(rule), "" if rule.findings else paths))
    headers = (tr("result"), tr("rule"), tr("finding"), tr("paths"))
    return AnalysisTable(tr("Rules"), "llll", headers, rows, frozenset({2, 3}))


def _findings(report: SizeReport, most: int) -> AnalysisTable:
    """Secrets and forbidden packages."""
    rows = [(rule.name, text) for rule in report.rules if rule.findings for text in finding_texts(rule, report)]
    more = len(rows) - most
    note = tr("… and {more} more", more=count_text(more)) if more > 0 else ""
    headers = (tr("rule"), tr("path, what it is, and the step that brought it"))
    return AnalysisTable(tr("Secrets and forbidden packages"), "ll", headers, rows[:most], frozenset({1}), note)


def _more(count: int, what: str, rest: int) -> str:
    return (
        trn(
            "… and {count} more {what}, {size}",
            "… and {count} more {what}s, {size}",
            count,
            count=count_text(count),
            what=what,
            size=size(rest),
        )
        if count > 0
        else ""
    )
