"""Is one side an import of the other's export? Then what was lost on the way is worth more than any list of differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertui.tui.widgets.config_table import differences_of
from layertui.tui.widgets.pieces import many

if TYPE_CHECKING:
    from layertui.core.images.history import Step
    from layertui.core.inspector.answers import Report

MARK = "Imported from"


@dataclass(frozen=True, slots=True)
class Imported:
    """One side is the other's files in one layer."""

    copy: str
    """The title of the import."""
    original: str
    lost: tuple[str, ...]
    """What the original has and the import has not: `8 history steps`, `CMD`, `ENV PATH` …"""

    @property
    def sentence(self) -> str:
        """The whole of it."""
        told = ", ".join(self.lost) if self.lost else "nothing"
        return f"{self.copy} is an import of an export of {self.original}: the same files in one layer. Lost: {told}."


def imported(report: Report) -> Imported | None:
    """Say so if the files are the same and one side is a single layer that `import` made."""
    if report.files is None or any(not _time_alone(change.fields) for change in report.files):
        return None
    left = [pair.a for pair in report.comparison.history if pair.a is not None]
    right = [pair.b for pair in report.comparison.history if pair.b is not None]
    if _by_import(right) and not _by_import(left):
        return _lost(report, left, copy_is_right=True)
    if _by_import(left) and not _by_import(right):
        return _lost(report, right, copy_is_right=False)
    return None


def _time_alone(fields: Sequence[str]) -> bool:
    return tuple(fields) == ("mtime",)


def _by_import(steps: Sequence[Step]) -> bool:
    return len(steps) == 1 and steps[0].layer is not None and (steps[0].comment or "").startswith(MARK)


def _lost(report: Report, steps: Sequence[Step], *, copy_is_right: bool) -> Imported:
    layers = sum(1 for step in steps if step.layer is not None)
    lost = [many(len(steps), "history step")]
    lost.append(f"{layers} layers that others could share" if layers != 1 else "its layer's identity")
    lost += [
        row.field for row in differences_of(report.comparison.config) if (row.b if copy_is_right else row.a) is None
    ]
    names = (report.b.title, report.a.title) if copy_is_right else (report.a.title, report.b.title)
    return Imported(*names, tuple(lost))
