"""The origin and the versions of a path (`which`, `versions`), as JSON objects and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import mode_text, one_line, safe, shorten, size
from layertui.tui.report.json_output import aligned
from layertui.tui.report.package_report import owner_text
from layertui.tui.report.row_objects import entry_object

if TYPE_CHECKING:
    from layertui.core.analysis.packages.find_packages import FileOwner
    from layertui.core.images.history_steps import Step
    from layertui.core.layers.stack.trace import PathVersion, Trace

# A sentence for each result.
_WORDS = {
    "absent": tr("not here"),
    "present": tr("here"),
    "whiteout": tr("removed here (whiteout)"),
    "opaque": tr("folder emptied here (opaque)"),
    "parent-removed": tr("a folder above it is removed here"),
    "not-a-directory": tr("a folder above it is replaced by a file here"),
}


def trace_object(trace: Trace, steps: dict[int, Step]) -> dict[str, Any]:
    """`which --json` and `versions --json`; `steps` by layer number."""
    return {
        "path": trace.path,
        "visible": trace.visible,
        "layer": trace.layer,
        "steps": [_step_object(step, steps.get(step.layer)) for step in trace.steps],
    }


def _step_object(finding: PathVersion, step: Step | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "layer": finding.layer,
        "diff_id": step.diff_id if step else None,
        "created_by": step.created_by if step else None,
        "found": finding.found,
        "visible": finding.visible,
    }
    if finding.entry is not None:
        attributes = entry_object(finding.entry)
        row |= {key: attributes[key] for key in attributes if key not in ("path", "layer", "change", "opaque")}
    return row


def trace_lines(trace: Trace, steps: dict[int, Step]) -> Iterator[str]:
    """The result, then the layers that were searched, from the top down."""
    where = tr("layer {layer}", layer=trace.layer) if trace.visible else tr("not visible")
    yield f"{safe(trace.path)}: {where}"
    yield from aligned("rllrl", [_step_row(step, steps.get(step.layer)) for step in trace.steps])


def package_lines(owner: FileOwner | None) -> Iterator[str]:
    """Which package owns the file, in one line; none if that is not known."""
    if owner is not None:
        yield tr("package: {owner_text}", owner_text=owner_text(owner) or tr("none"))


def _step_row(finding: PathVersion, step: Step | None) -> list[str]:
    entry = finding.entry
    return [
        f"  {finding.layer}",
        _WORDS[finding.found] + (tr(", visible") if finding.visible else ""),
        mode_text(entry.kind, entry.mode) if entry else "",
        size(entry.size) if entry else "",
        shorten(one_line(step.command), 60) if step else "(writable)",
    ]
