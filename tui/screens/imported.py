"""One side is an import of the other's export: what was lost on the way, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.tui.format import safe
from layertui.tui.report.verdict import imported

if TYPE_CHECKING:
    from layertui.core.inspector.answers import Report
    from layertui.core.inspector.imported import Imported


def sentence(report: Report, found: Imported) -> str:
    """The whole of it."""
    lost = ", ".join(safe(loss.what) for loss in found.lost) or "nothing"
    return f"{imported(report, found)}: the same files in one layer. Lost: {lost}."
