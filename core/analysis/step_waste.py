"""What each layer wastes, with advice for its instruction in the Dockerfile: what it leaves behind, stores again, or removes too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from layertui.core.analysis.leftovers import leftovers_by_layer
from layertui.core.analysis.stored_files import Why
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.table.columns import Column

WasteKind = Literal["left behind", "stored again", "removed later"]

_LARGE = 1 << 20  # bytes; less is not worth a line, unless the image is small
_SHARE = 100  # or one byte in this many of all that is stored
_AGAIN = tr("change files in the RUN that makes them, or set their owner and mode with `COPY --chown` and `--chmod`")
_REMOVED = tr("they stay in the image: remove files in the RUN that makes them, or make them in a stage of its own")


class StepWaste(NamedTuple):
    """One thing that the step of a layer wastes."""

    kind: WasteKind
    what: str
    """What is left behind, such as `apt lists`; else empty."""
    bytes: int
    files: int
    advice: str
    """What to write in the Dockerfile instead."""


def waste_by_layer(stored: StoredFiles) -> Mapping[int, tuple[StepWaste, ...]]:
    """What each layer wastes, by its number, the most bytes first; what is little for the image is left out.

    ``left behind`` is what the layer itself stores, hidden or not. ``stored again`` and ``removed later`` are bytes of lower
    layers that no longer show since this one: it has something else at the path, or nothing.
    """
    least = min(_LARGE, max(stored.stored_bytes // _SHARE, 1))
    found: dict[int, list[StepWaste]] = {}
    for number, left in leftovers_by_layer(stored):
        found.setdefault(number, []).append(StepWaste("left behind", left.kind, left.bytes, left.files, left.hint))
    lower = stored.hidden & (stored.layer < stored.hidden_by)
    again = np.isin(stored.why, (Why.OVERWRITTEN, Why.SAME_CONTENT))
    kinds: tuple[tuple[WasteKind, Column, str], ...] = (
        ("stored again", lower & again, _AGAIN),
        ("removed later", lower & ~again, _REMOVED),
    )
    for kind, which, advice in kinds:
        sizes = stored.by_layer(stored.hidden_by, which)
        counts = np.bincount(stored.hidden_by[which & (stored.bytes > 0)], minlength=stored.high + 1)
        for number in np.flatnonzero(sizes).tolist():
            waste = StepWaste(kind, "", int(sizes[number]), int(counts[number]), advice)
            found.setdefault(number, []).append(waste)
    large = {number: [one for one in waste if one.bytes >= least] for number, waste in found.items()}
    return {
        number: tuple(sorted(waste, key=lambda one: -one.bytes)) for number, waste in sorted(large.items()) if waste
    }
