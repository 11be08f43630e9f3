"""The lines of a picture: two pixels a cell, one above the other, as half a block in two colours; or as shades of a character."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.file_pages.picture_pixels import PixelRows

UPPER_HALF = "▀"
SHADES = " ░▒▓█"

Pixel = tuple[int, int, int]


class PictureRoom(NamedTuple):
    """Where a picture is drawn: its cells, and what shows through transparent pixels."""

    width: int
    height: int
    background: Pixel
    is_dark: bool
    """Whether the background is dark: then more ink is lighter, where there are shades only."""
    few_colours: bool
    """Whether there are shades only."""


def picture_strips(pixels: PixelRows, room: PictureRoom) -> list[Strip]:
    """The lines of the picture in the middle of its room, each of the room's width."""
    lines = -(-pixels.height // 2)
    above, left = max(0, room.height - lines) // 2, max(0, room.width - pixels.width) // 2
    margin = [Segment(" " * left)] if left else []
    draw = _shades if room.few_colours else _halves
    drawn = [
        Strip([*margin, *draw(pixels, line * 2, room)]).extend_cell_length(room.width)
        for line in range(min(lines, room.height))
    ]
    return [Strip.blank(room.width)] * above + drawn


def _halves(pixels: PixelRows, y: int, room: PictureRoom) -> Iterator[Segment]:
    cells = zip(_colours(pixels, y, room.background), _colours(pixels, y + 1, room.background), strict=True)
    for (upper, lower), same in groupby(cells):
        length = sum(1 for _ in same)
        if upper == lower:
            yield Segment(" " * length, Style.from_color(bgcolor=Color.from_rgb(*upper)))
        else:
            yield Segment(UPPER_HALF * length, Style.from_color(Color.from_rgb(*upper), Color.from_rgb(*lower)))


def _colours(pixels: PixelRows, y: int, background: Pixel) -> list[Pixel]:
    """One row, over the background; the row below the last one is background."""
    row = pixels.row(y) or bytes(4 * pixels.width)
    found: list[Pixel] = []
    for at in range(0, len(row), 4):
        red, green, blue, opacity = row[at : at + 4]
        if opacity == 255:
            found.append((red, green, blue))
        else:
            over, under = opacity / 255, 1 - opacity / 255
            found.append(
                (
                    round(red * over + background[0] * under),
                    round(green * over + background[1] * under),
                    round(blue * over + background[2] * under),
                )
            )
    return found


def _shades(pixels: PixelRows, y: int, room: PictureRoom) -> Iterator[Segment]:
    upper, lower = _inks(pixels, y, is_dark=room.is_dark), _inks(pixels, y + 1, is_dark=room.is_dark)
    steps = len(SHADES) - 1
    yield Segment("".join(SHADES[round((one + two) / 2 * steps)] for one, two in zip(upper, lower, strict=True)))


def _inks(pixels: PixelRows, y: int, *, is_dark: bool) -> list[float]:
    """How much ink each pixel of a row takes, from 0 to 1: luminance by ITU-R BT.601, or the lack of it on a light background."""
    row = pixels.row(y) or bytes(4 * pixels.width)
    found: list[float] = []
    for at in range(0, len(row), 4):
        red, green, blue, opacity = row[at : at + 4]
        light = (299 * red + 587 * green + 114 * blue) / 255_000
        found.append((light if is_dark else 1 - light) * opacity / 255)
    return found
