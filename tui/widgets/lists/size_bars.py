"""Two bars, one above the other: the bytes that both sides share, and those of each side alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.widgets.text.lines import line_of
from layertui.tui.widgets.text.pieces import Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import SharedBytes

BLOCK = "━"
TO_TRANSFER, BETWEEN = tr("to transfer: "), " · "
LEAST_BAR = 10
"""The smallest width of a bar in cells."""


class SizeBars(Widget):
    """The bytes of both images, one bar each, to the same scale."""

    DEFAULT_CSS = """
    SizeBars { height: 3; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._names = ("", "")
        self._shared = 0
        self._own = (0, 0)
        self._transfer: SharedBytes | None = None

    def show(self, shares: SharedBytes, transfer: SharedBytes, names: tuple[str, str]) -> None:
        """Show the bytes in both, and in either alone; `transfer` are the stored ones."""
        self._transfer = transfer
        self._shared = shares.both
        self._own = (shares.only_a, shares.only_b)
        self._names = (safe(names[0]), safe(names[1]))
        self.refresh()

    def render(self) -> Content:
        if not self._names[0]:
            return Content("")
        captions = [
            tr("  {size} shared · {size2} unique", size=size(self._shared), size2=size(own)) for own in self._own
        ]
        width = self.size.width
        free = width - 12 - max(map(len, captions))
        label = max(8, min(24, free - LEAST_BAR, max(cell_len(name) for name in self._names)))
        room = max(LEAST_BAR, free - label)
        most = max(1, self._shared + max(self._own))
        lines = []
        colours = ("$text-error", "$text-success")
        for name, own, colour, text in zip(self._names, self._own, colours, captions, strict=True):
            shared_cells = round(self._shared * room / most)
            own_cells = max(1 if own else 0, round(own * room / most))
            lines.append(
                Content.assemble(
                    (fit(name, label), f"bold {colour}"),
                    (right(size(self._shared + own), 9) + "  ", ""),
                    (BLOCK * shared_cells, "$text-primary"),
                    (BLOCK * own_cells, colour),
                    (text, "$text-muted"),
                )
            )
        if self._transfer is not None:
            lines.append(line_of(transfer_line(self._transfer, self._names, width)))
        return Content("\n").join(lines)


def transfer_line(transfer: SharedBytes, names: tuple[str, str], width: int) -> Pieces:
    """The bytes to transfer to a host that has one image and needs the other; with their names if there is room."""
    a, b = names
    there, back = size(transfer.only_b), size(transfer.only_a)
    ways = f"{a} → {b} ", f"{b} → {a} "
    if cell_len("".join((TO_TRANSFER, ways[0], there, BETWEEN, ways[1], back))) > width:
        ways = "first → second ", "second → first "
    return [
        (TO_TRANSFER, "dim"),
        (ways[0], "dim"),
        (there, "added strong"),
        (BETWEEN, "dim"),
        (ways[1], "dim"),
        (back, "removed strong"),
    ]
