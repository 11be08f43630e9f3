"""The sections of a comparison's report as rows of safe text; Markdown and HTML only lay them out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import counted, tr
from layertui.core.layers.table.entry import Change
from layertui.core.oci.config_instructions import changes_of
from layertui.tui.common.format import count_text, field_words, one_line, safe, short, shorten, size, size_change

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import StepPair
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector_answers import Report
    from layertui.core.layers.diff.file_changes import FileChange
    from layertui.core.layers.diff.rollup import FolderBytes

STEP_MARKS = {"same": "=", "only_a": "<", "only_b": ">", "changed": "~"}
FILE_MARKS = {"added": "A", "removed": "D", "modified": "M"}
WIDEST = 120
"""The largest number of characters of a command; the history has the complete text."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of either side, or the shared base."""

    op: str
    a: str
    """The size on the left; empty if there is no such step."""
    b: str
    change: str
    """The difference of the sizes; empty if there is none."""
    words: str
    """The command, or both if they differ."""
    note: str = ""
    """`moved`, `the same layer`, `built again`; empty if the mark says everything."""


def names(report: Report) -> tuple[str, str]:
    """The two sides as the user named them."""
    return safe(report.a.name), safe(report.b.name)


def step_rows(report: Report) -> list[StepRow]:
    """The histories, oldest first, with the shared base as one row."""
    base, pairs = report.comparison.base, report.comparison.history
    folded = base.steps if base.layers else 0
    rows = [_step_row(pair) for pair in pairs[folded:]]
    if folded:
        what = tr(
            "shared base: {counted}, {counted2}, chain {chain_id}",
            counted=counted(base.layers, "layer"),
            counted2=counted(folded, "step"),
            chain_id=short(base.chain_id),
        )
        rows.insert(0, StepRow("same", size(base.size), size(base.size), "", what))
    return rows


def _step_row(pair: StepPair) -> StepRow:
    words = list(dict.fromkeys(command(step) for step in (pair.a, pair.b) if step is not None))
    a, b = ("" if step is None else size(step.size) for step in (pair.a, pair.b))
    change = size_change(pair.difference) if pair.difference else ""
    return StepRow(pair.op, a, b, change, " → ".join(words), _note(pair))


def _note(pair: StepPair) -> str:
    if pair.moved is not None:
        return "moved"
    if pair.op != "changed":
        return ""
    if pair.same_layer:
        return tr("the same layer")
    return tr("the same command, another layer") if pair.made_again else ""


def package_rows(report: Report) -> list[tuple[str, str, str, str]]:
    """The packages that differ: mark, kind and name, versions on the left, and on the right."""
    if report.packages is None:
        return []
    return [
        (
            FILE_MARKS[one.change],
            safe(f"{one.kind} {one.name}"),
            safe(", ".join(one.before)),
            safe(", ".join(one.after)),
        )
        for one in report.packages.changes
    ]


def package_counts(report: Report) -> str:
    """How many packages were added, removed, and are of another version."""
    kinds = [one.change for one in report.packages.changes] if report.packages is not None else []
    words = {"added": tr("added"), "removed": tr("removed"), "modified": tr("in another version")}
    return ", ".join(f"{count_text(kinds.count(kind))} {word}" for kind, word in words.items() if kind in kinds)


def command(step: Step) -> str:
    """The command of a step, on one line."""
    return shorten(one_line(step.command or step.comment or tr("(no history)")), WIDEST)


def size_rows(report: Report) -> Iterator[tuple[str, str, str]]:
    """The sizes of each side: a label, and the values left and right."""
    comparison, shares = report.comparison, report.shares
    yield tr("image ID"), short(report.a.image.id), short(report.b.image.id)
    yield tr("layers"), str(comparison.layers[0]), str(comparison.layers[1])
    yield tr("size"), size(shares.both + shares.only_a), size(shares.both + shares.only_b)
    yield tr("only here"), size(shares.only_a), size(shares.only_b)
    if any(report.own):
        yield tr("of it in the writable layer"), size(report.own[0]), size(report.own[1])
    yield tr("to fetch for the other"), size(comparison.transfer.only_b), size(comparison.transfer.only_a)


def rebuilt(report: Report) -> str:
    """The sentence that says that one side is a rebuild of the other; empty if it is not."""
    found = report.comparison.rebuilt
    if found is None:
        return ""
    again = (
        tr("; {counted} after it made another layer by the same command", counted=counted(found.again, "step"))
        if found.again
        else ""
    )
    return tr("built again: first difference: step {step}{again}", step=found.step, again=again)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One path that differs."""

    mark: str
    path: str
    fields: str
    """Which fields differ, separated by commas."""
    layers: str
    """The layer it comes from on each side: `3 → 5`."""


def file_row(change: FileChange) -> FileRow:
    """One path that differs, as text."""
    layers = " → ".join(dict.fromkeys(str(entry.layer) for entry in (change.a, change.b) if entry is not None))
    # For a view of some layers, removals are among their changes.
    gone = [
        tr("removed by the {side}", side=side)
        for side, entry in (("left", change.a), ("right", change.b))
        if entry is not None and entry.change is Change.REMOVED
    ]
    return FileRow(FILE_MARKS[change.kind], safe(change.path), ", ".join([*gone, *field_words(change.fields)]), layers)


def folders(report: Report) -> list[FolderBytes]:
    """The folders with most changed bytes."""
    from layertui.core.layers.diff.rollup import Rollup

    return Rollup(report.files).heaviest() if report.files else []


def folder_name(bar: FolderBytes) -> str:
    """The label of a bar of the chart."""
    return tr("elsewhere in {path}", path=safe(bar.path)) if bar.rest else safe(bar.path)


def config_rows(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """Name, value left and right, and meaning; `-` for a missing value."""
    for one in report.comparison.fields:
        yield safe(one.name), _value(one.a), _value(one.b), one.meaning


def _value(value: Any) -> str:
    return (
        "-"
        if value is None
        else safe(value)
        if isinstance(value, str)
        else one_line(json.dumps(value, ensure_ascii=False))
    )


def lost_rows(report: Report) -> Iterator[tuple[str, str]]:
    """What an import lost, and what that means."""
    for loss in report.imported.lost if report.imported else ():
        yield safe(loss.what), loss.meaning


def put_back(report: Report) -> str:
    """The command that imports again and keeps the config; empty if nothing of it was lost."""
    if report.imported is None:
        return ""
    original = report.b if report.imported.copy == "a" else report.a
    changes = [f"-c {quote(change)}" for change in changes_of(original.image.config.config)]
    return safe(" ".join(["layertui import", *changes, "FILE NAME:TAG"])) if changes else ""
