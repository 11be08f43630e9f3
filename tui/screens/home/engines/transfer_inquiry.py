"""What dialogs that copy, push and pull images have in common: the engines to choose from, and how much would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.dialogs.dialog import LOST, NOTE
from layertui.tui.screens.shared.debounce import Debounce
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.inspector.images.transfer_estimate import TransferEstimate, TransferEstimates
    from layertui.core.progress import Progress
    from layertui.tui.screens.dialogs.dialog import Dialog

TYPING = 0.7
"""Seconds without a key after which a destination that was typed is asked what it has."""


class TransferTarget(NamedTuple):
    """An engine that takes images."""

    engine: str
    """By which the screen knows it: empty for the default one."""
    title: str
    """The name of the engine."""
    prefix: str
    """Behind which its images are named, with the colon."""


class TransferInquiry:
    """The part of a dialog that asks a destination what it lacks, and has the answer as a line."""

    def __init__(self, dialog: Dialog[Any]) -> None:
        self._dialog = dialog
        self._debounce = Debounce(dialog)
        self._about, self._line = "", ("", "")

    def ask(
        self,
        about: str,
        place: str,
        call: Callable[[TransferEstimates, Progress], TransferEstimate],
        *,
        typed: bool = True,
    ) -> None:
        """Ask about a destination; after a pause if it is being typed. `place` names it in a sentence."""

        def answered(text: str, style: str) -> None:
            self._about, self._line = about, (text, style)
            self._dialog.renew()

        def now() -> None:
            self._dialog.ask(
                tr("asking {place}", place=place),
                lambda inspector, progress: call(inspector.transfers().estimates, progress),
                lambda found: answered(estimate_text(found, safe(place)), LOST if found.why_not else ""),
                group="estimate",
                failed=lambda error: answered(one_line(error), LOST),
                quiet=True,
            )

        if typed:
            self._debounce.after(TYPING, now, name="estimate")
        else:
            now()

    def line(self, about: str, place: str) -> tuple[str, str]:
        """How much would be sent to a destination, with its colour; until that is known, that it is asked."""
        return (
            self._line if about == self._about else (tr("Asking what {place} has already …", place=safe(place)), NOTE)
        )


def estimate_text(estimate: TransferEstimate, place: str) -> str:
    """How much an image is, and how much of it the place lacks, in one line."""
    whole = f"{many(estimate.layers, 'layer')}, {size(estimate.size)}"
    if estimate.is_before_compression:
        whole = tr("{whole} before they are compressed", whole=whole)
    missing, missing_size = estimate.missing_layers, estimate.missing_size
    if missing is None or missing_size is None:
        return tr(
            "{whole} at most. {why_not}",
            whole=whole,
            why_not=safe(estimate.why_not) or tr("{place} does not say what it has already.", place=place),
        )
    if not missing:
        return tr("{whole}. {place} has all of them already.", whole=whole, place=place)
    if missing == estimate.layers:
        return tr("{whole}. {place} has none of them yet.", whole=whole, place=place)
    return tr(
        "{whole}. {place} lacks {missing}, {size}.",
        whole=whole,
        place=place,
        missing=many(missing, "layer"),
        size=size(missing_size),
    )
