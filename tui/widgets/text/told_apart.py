"""Texts that begin alike, such as the steps of a Dockerfile, cut so that what tells them apart is still there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len

from layertui.tui.widgets.text.pieces import fit

_LEAST = 12  # cells, in which a text can have a gap
_BOUNDARIES = " /;&|"


def differences(texts: Sequence[str]) -> list[int]:
    """For each text how many of its first characters another one has too, at most; texts that are equal do not count."""
    ordered = sorted(set(texts))
    shared = dict.fromkeys(ordered, 0)
    for one, other in pairwise(ordered):
        common = _common(one, other)
        shared[one], shared[other] = max(shared[one], common), common
    return [shared[text] for text in texts]


def fit_apart(text: str, width: int, shared: int) -> str:
    """As `fit`; but if the cut would leave only what `shared` says that another text has too, the gap is in the middle."""
    text = text[: shared + 2 * max(width, 1)]  # of a command of a megabyte only what may be shown is measured
    if width < _LEAST or cell_len(text) <= width or cell_len(text[: shared + 1]) < width:
        return fit(text, width)
    begin = text[: width // 3].rpartition(" ")[0] or text[: width // 3]
    room = width - cell_len(begin) - 1
    start = shared  # of what follows the gap: as much before the difference as leaves room for what comes after it
    while start > len(begin) and (
        cell_len(text[start - 1 : shared]) <= room // 2 or cell_len(text[start - 1 :]) <= room
    ):
        start -= 1
    start = next((at for at in range(start, shared) if text[at - 1] in _BOUNDARIES), start)
    return f"{begin}…{fit(text[start:], room)}"


def _common(one: str, other: str) -> int:
    """How many first characters are the same: by halves, as a command may have a megabyte."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one.startswith(other[:middle]) else (low, middle - 1)
    return low
