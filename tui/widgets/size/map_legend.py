"""Which colour of a size map is which layer or kind, with its bytes; and how many bytes are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, safe, size
from layertui.tui.widgets.size.tile_styles import HATCH, Ink, TileStyles, has_few_colours
from layertui.tui.widgets.text.pieces import Pieces, crop, fit, right, wrapped
from layertui.tui.widgets.text.theme_styles import ThemeStyles

LOW = 6
"""A legend of at most so many lines has one for each layer."""

TEXT_LINES = 2
"""The most lines of a step in a higher one."""


class LegendRow(NamedTuple):
    """A layer or a kind."""

    ink: Ink
    name: str
    size: int
    text: str = ""
    """The step that made the layer."""


class MapLegend(Widget):
    """The layers or kinds of what is shown, the largest first."""

    DEFAULT_CSS = """
    MapLegend { height: 3; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[LegendRow] = ()
        self._total = self._hidden = 0
        self._lines: list[tuple[Ink | None, Pieces]] = []
        self._looks: tuple[TileStyles, ThemeStyles] | None = None
        self._base: Style | None = None

    def show(self, rows: Sequence[LegendRow], hidden: int) -> None:
        """Show these, with all bytes that are hidden."""
        self._rows = sorted((row for row in rows if row.size), key=lambda row: -row.size)
        self._total, self._hidden = sum(row.size for row in rows), hidden
        self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.content_size
        lines: list[tuple[Ink | None, Pieces]] = []
        self._lines = lines
        low = height <= LOW
        last = [] if low or not self._hidden else [self._hidden_line(width)]
        blocks = [self._block(row, width, low=low) for row in self._rows]
        taken = 0
        for number, block in enumerate(blocks):
            more = self._rows[number:]
            if taken + len(block) + len(last) + (len(more) > 1) > height and height:
                figures = self._figures(sum(row.size for row in more))
                name = 15 if low else width - 3 - len(figures)
                lines.append((None, [("   " + fit(tr("{more} more", more=len(more)), name), "dim"), (figures, "")]))
                break
            lines += block
            taken += len(block)
        lines += last
        self.refresh()

    def _block(self, row: LegendRow, width: int, *, low: bool) -> list[tuple[Ink | None, Pieces]]:
        """The lines of one row; those with an ink begin with its colour."""
        figures, text = self._figures(row.size), one_line(row.text)
        if low:
            return [
                (row.ink, [(fit(safe(row.name), 15), "strong"), (figures, ""), ("  " + fit(text, width - 33), "dim")])
            ]
        lines: list[tuple[Ink | None, Pieces]] = [
            (row.ink, [(fit(safe(row.name), width - 3 - len(figures)), "strong"), (figures, "")])
        ]
        words = wrapped(text, width - 3) if text else []
        if len(words) > TEXT_LINES:
            words = [*words[: TEXT_LINES - 1], fit(" ".join(words[TEXT_LINES - 1 :]), width - 3)]
        return [*lines, *((None, [("   " + line, "dim")]) for line in words), (None, [])]

    def _hidden_line(self, width: int) -> tuple[Ink | None, Pieces]:
        figures = self._figures(self._hidden)
        return None, [
            (HATCH * 2, "removed"),
            (" " + fit(tr("hidden"), width - 3 - len(figures)), "strong"),
            (figures, ""),
        ]

    def _figures(self, count: int) -> str:
        share = 100 * count / self._total if self._total else 0.0
        return right(size(count), 8) + right("<1%" if 0 < share < 0.5 else f"{share:.0f}%", 5)

    # -- drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._looks = None
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style  # looks through all widgets around this one: once for all lines
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self.content_size.width, self._base or self.rich_style
        if y >= len(self._lines):
            return Strip.blank(width, base)
        if self._looks is None:
            variables, dark = self.app.theme_variables, self.app.current_theme.dark
            self._looks = (
                TileStyles(variables, dark=dark, few_colours=has_few_colours(self.app)),
                ThemeStyles(variables),
            )
        tiles, words = self._looks
        ink, pieces = self._lines[y]
        lead = (
            []
            if ink is None
            else [Segment((ink.sign or tiles.filling(ink)) * 2, base + tiles.fill(ink)), Segment(" ", base)]
        )
        room = width - sum(segment.cell_length for segment in lead)
        return Strip([*lead, *(Segment(text, base + words.style(word)) for text, word in crop(pieces, room))], width)
