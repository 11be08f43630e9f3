"""Draws layers as slabs, the writable one on top, and a path that falls through them until a layer answers.

Pure functions from slabs to lines of pieces. Every sign differs in its glyph, not only in its colour, and words stand
beside it; all glyphs have a replacement in ASCII.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from layertui.core.language.texts import tr
from layertui.tui.widgets.text.pieces import Piece, Pieces, crop, fit, many, right

PASSED, ANSWERS, HIDDEN, REMOVED, EMPTIED, COPIED, LOOKED_AT = (
    "passed",
    "answers",
    "hidden",
    "removed",
    "emptied",
    "copied",
    "looked-at",
)

SIGNS = {
    "": ("", "dim"),
    PASSED: ("│", "dim"),
    ANSWERS: ("●", "good"),
    HIDDEN: ("○", "changed"),
    REMOVED: ("×", "removed"),
    EMPTIED: ("█", "removed"),
    COPIED: ("▲", "own"),
    LOOKED_AT: ("◉", "base"),
}
"""The glyph of each sign, and the word for its colour. No sign: the layer is not searched."""

FALLS, ANY_LAYER, WRITABLE = "▼", "⋮", "✎"
READ_ONLY = tr("read-only from here down")
LABEL = 4
"""Columns before the slab: the layer's number, and a blank."""


class Slab(NamedTuple):
    """One layer; all texts must be safe."""

    label: str
    """Its number, or WRITABLE."""
    text: str
    """The step that made it."""
    sign: str = ""
    """What the path meets here: a key of SIGNS."""
    note: str = ""
    """The same in words."""

    @property
    def writable(self) -> bool:
        return self.label == WRITABLE


def slab_line(sign: str, width: int, *, writable: bool = False) -> list[Piece]:
    """The slab itself, with the sign in its middle: `───│───`."""
    glyph, word = SIGNS[sign]
    line, ink = ("╌", "own") if writable else ("━", "good") if sign == ANSWERS else ("─", "dim")
    left = width // 2
    middle: Piece = (glyph, word) if glyph else (line, ink)
    return [(line * left, ink), middle, (line * (width - left - 1), ink)]


def draw_stack(slabs: Sequence[Slab], width: int, height: int, *, path: str = "", of: str = "") -> list[Pieces]:
    """The slabs, top first, as at most `height` lines of exactly `width` cells.

    Where they do not fit, runs of layers fold into one line each; the writable layer and the one that answers stay
    longest. `path` is what falls, above the stack; `of` names whose layers a fold has.
    """
    slab = 9 if width >= 60 else 7 if width >= 36 else 3
    lines: list[Pieces] = []
    if path:
        lines.append([(" " * (LABEL + slab // 2), ""), (f"{FALLS} ", "strong"), (path, "strong")])
    room = height - len(lines)
    notes = max((cell_len(one.note) for one in slabs), default=0)
    texts = max(0, width - LABEL - slab - 1 - (notes + 2 if notes else 0))
    kept = _kept(slabs, room)
    at = 0
    while at < len(slabs):
        end = at
        while end < len(slabs) and end not in kept:
            end += 1
        if end > at:
            lines.append(_fold(slabs[at:end], slab, of))
            at = end
            continue
        one = slabs[at]
        line = [(right(one.label, LABEL - 1) + " ", "own" if one.writable else "dim")]
        line += slab_line(one.sign, slab, writable=one.writable)
        line += [(" " + fit(one.text, texts), "own" if one.writable else "")]
        lines.append([*line, ("  " + one.note, SIGNS[one.sign][1])] if one.note else line)
        at += 1
        if one.writable and at < len(slabs):
            lines.append(_read_only(one.sign, slab))
    return [crop(line, width) for line in lines[: max(0, height)]]


def _kept(slabs: Sequence[Slab], room: int) -> set[int]:
    """The slabs with a line of their own: as many as fit, the most telling first."""
    if len(slabs) + any(one.writable for one in slabs) <= room:
        return set(range(len(slabs)))
    ends = [at for at, one in enumerate(slabs) if one.sign in (ANSWERS, REMOVED, EMPTIED, COPIED, LOOKED_AT)]
    order = [at for at, one in enumerate(slabs) if one.writable] + ends
    order += [len(slabs) - 1] if slabs else []
    order += [at for at, one in enumerate(slabs) if one.sign == HIDDEN]
    order += [at + by for at in ends for by in (-1, 1) if 0 <= at + by < len(slabs)]
    order += range(len(slabs))
    kept: set[int] = set()
    for at in order:
        if at not in kept and _lines_of(slabs, kept | {at}) <= room:
            kept.add(at)
    return kept


def _lines_of(slabs: Sequence[Slab], kept: set[int]) -> int:
    folds = sum(1 for at in range(len(slabs)) if at not in kept and (at == 0 or at - 1 in kept))
    return len(kept) + folds + any(slabs[at].writable for at in kept)


def _fold(run: Sequence[Slab], slab: int, of: str) -> list[Piece]:
    signs = {one.sign for one in run}
    sign = PASSED if signs == {PASSED} else ""
    what = tr(": not here") if sign else ""
    owner = tr(" of {of}", of=of) if of else ""
    return [
        (right(ANY_LAYER, LABEL - 1) + " ", "dim"),
        *slab_line(sign, slab),
        (f" {many(len(run), 'layer')}{owner}{what}", "dim"),
    ]


def _read_only(sign: str, slab: int) -> list[Piece]:
    """The line below the writable layer, which the path crosses only if that layer has not answered."""
    left = slab // 2
    falls = SIGNS[PASSED][0] if sign == PASSED else "═"
    return [(" " * LABEL + "═" * left, "dim"), (falls, "dim"), ("═" * (slab - left - 1) + " " + READ_ONLY, "dim")]
