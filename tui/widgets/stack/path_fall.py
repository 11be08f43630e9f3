"""What a path that falls through the layers meets in each: the signs of a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.stack.stack_drawing import ANSWERS, EMPTIED, HIDDEN, PASSED, REMOVED, WRITABLE, Slab

if TYPE_CHECKING:
    from layertui.core.layers.stack.trace import PathVersion, Trace

ENDS = {"whiteout": REMOVED, "parent-removed": REMOVED, "opaque": EMPTIED, "not-a-directory": REMOVED}


def fall_signs(trace: Trace) -> list[str]:
    """The sign of each layer, top first: below the one at which the search ends, layers without the path have none."""
    signs: list[str] = []
    ended = False
    for step in trace.steps:
        signs.append(_sign(step, ended=ended))
        ended = ended or step.found != "absent"
    return signs


def _sign(step: PathVersion, *, ended: bool) -> str:
    if step.found == "present":
        return ANSWERS if step.visible else HIDDEN
    if step.found == "absent":
        return "" if ended else PASSED
    return ENDS.get(step.found, REMOVED)


NOTES = {
    PASSED: tr("not here"),
    ANSWERS: tr("found here"),
    HIDDEN: tr("hidden"),
    REMOVED: tr("removed"),
    EMPTIED: tr("folder emptied"),
}


def slabs_of(trace: Trace, commands: Mapping[int, str], own: int | None) -> list[Slab]:
    """A trace as slabs; `own` is the number of a container's writable layer."""
    return [
        Slab(
            WRITABLE if step.layer == own else str(step.layer),
            tr("writable layer") if step.layer == own else safe(commands.get(step.layer, "")),
            sign,
            NOTES.get(sign, tr("not searched")),
        )
        for step, sign in zip(trace.steps, fall_signs(trace), strict=True)
    ]
