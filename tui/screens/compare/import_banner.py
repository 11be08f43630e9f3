"""The banner above a comparison with an import of the other side's export: what was lost, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.report.comparison.verdict import imported

if TYPE_CHECKING:
    from layertui.core.inspector.inspector_answers import Imported, Report
    from layertui.tui.widgets.text.pieces import Pieces


def banner(report: Report, found: Imported) -> Pieces:
    """The line above the tabs."""
    lost = ", ".join(safe(loss.what) for loss in found.lost) or tr("nothing")
    return [
        (tr("{imported}; lost: ", imported=imported(report, found)), "own"),
        (lost, "own strong"),
        (".  ", "own"),
        ("c", "key"),
        (tr(" restores the config"), "dim"),
    ]
