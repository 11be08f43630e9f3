"""Sizes at a glance: what two share, what would have to be sent, and in which folders bytes changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layertui.tui.format import safe, size, size_change
from layertui.tui.widgets.pieces import Piece, Pieces, fit, fit_left, right
from layertui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.images.compare import Shares
    from layertui.core.layers.rollup import FolderBytes

BLOCK, HALF = "━", "╸"


class SizeChart(RowList):
    """One bar a folder, red what was there and green what is; Enter goes to the folder in the tree."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.names = ("", "")
        self.bars: Sequence[FolderBytes] = ()
        self.note = ""
        self._shares: Shares | None = None
        self._transfer: Shares | None = None
        self.head_height = 8

    def show_shares(self, shares: Shares, transfer: Shares, names: tuple[str, str]) -> None:
        """The bytes of layers: `shares` unpacked, `transfer` as they are stored and sent."""
        self._shares, self._transfer, self.names = shares, transfer, names
        self.refresh()

    def show_bars(self, bars: Sequence[FolderBytes], note: str = "") -> None:
        """The folders in which bytes changed; a note where that is not known."""
        self.bars, self.note = bars, note
        self.show_count(len(bars), cursor=0)

    def has_cursor(self) -> bool:
        """There must be a folder to go to."""
        return bool(self.bars)

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        """Two bars of shared and own bytes, two lines of what would be sent, and what the bars below are."""
        shares, transfer = self._shares, self._transfer
        if shares is None or transfer is None:
            return []
        a, b = self.names
        if line in (0, 1):
            own, word = (shares.only_a, "removed") if line == 0 else (shares.only_b, "added")
            return self._share(self.names[line], shares, own, word, width)
        if line in (3, 4):
            bytes_, has, wants = (transfer.only_b, a, b) if line == 3 else (transfer.only_a, b, a)
            word = "added" if line == 3 else "removed"
            return [
                (right(size(bytes_), 10), f"{word} strong"),
                ("  to send to who has ", "dim"),
                (has, "strong"),
                (" and wants ", "dim"),
                (wants, "strong"),
            ]
        if line == 6:
            told = self.note or ("bytes that changed, by folder" if self.bars else "no bytes of files changed")
            return [(f"  {told}", "title"), ("   - before   + after" if self.bars else "", "dim")]
        return []

    def _share(self, name: str, shares: Shares, own: int, word: str, width: int) -> Pieces:
        label = min(24, max(map(len, self.names)))
        told = f"  {size(shares.both)} shared, {size(own)} its own"
        room = max(8, width - label - 13 - 34)
        most = max(1, shares.both + max(shares.only_a, shares.only_b))
        mine = max(1 if own else 0, round(own * room / most))
        return [
            ("  ", ""),
            (fit(name, label), f"{word} strong"),
            (right(size(shares.both + own), 9) + "  ", ""),
            (BLOCK * round(shares.both * room / most), "base"),
            (BLOCK * mine, word),
            (told, "dim"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A folder, how much more it is, and both amounts as bars to one scale."""
        bar = self.bars[index]
        name = max(16, min(40, width // 3))
        room = max(6, (width - name - 14 - 20) // 2)
        most = max(1, *(max(one.before, one.after) for one in self.bars))
        path = safe(bar.path) + ("/…" if bar.rest and bar.path != "/" else "…" if bar.rest else "")
        pieces: list[Piece] = [(" ", ""), (fit_left(path, name), "base")]
        pieces.append((right(size_change(bar.after - bar.before), 11) + "  ", ""))
        for bytes_, word in ((bar.before, "removed"), (bar.after, "added")):
            cells, half = divmod(round(bytes_ * room * 2 / most), 2)
            drawn = BLOCK * cells + HALF * half or ("╸" if bytes_ else "")
            pieces += [(fit(drawn, room), word), (right(size(bytes_) if bytes_ else "–", 8) + "  ", word)]
        return pieces
