"""A picture in cells: two pixels each, over the background; shades where there are few colours."""

from layertui.core.analysis.file_pages.picture_pixels import PixelRows
from layertui.tui.widgets.pages.picture_lines import PictureRoom, picture_strips

RED, GREEN, BLUE, HALF, CLEAR = b"\xff\0\0\xff", b"\0\xff\0\xff", b"\0\0\xff\xff", b"\xff\xff\xff\x80", b"\0\0\0\0"


def cells(strip):
    """Each run of cells: its text, the colour of the ink and of what is behind it."""
    return [
        (text, *(tuple(one.triplet) if one is not None else None for one in (style.color, style.bgcolor)))
        for text, style, _ in strip
        if style is not None
    ]


def test_two_pixels_share_a_cell_and_the_background_shows_through():
    pixels = PixelRows(2, 3, RED + GREEN + BLUE + GREEN + CLEAR + HALF)
    strips = picture_strips(pixels, PictureRoom(2, 2, (20, 30, 40), is_dark=True, few_colours=False))
    assert cells(strips[0]) == [("▀", (255, 0, 0), (0, 0, 255)), (" ", None, (0, 255, 0))]
    assert cells(strips[1]) == [(" ", None, (20, 30, 40)), ("▀", (138, 143, 148), (20, 30, 40))]


def test_a_picture_is_in_the_middle_of_its_room():
    strips = picture_strips(PixelRows(2, 2, RED * 4), PictureRoom(6, 4, (0, 0, 0), is_dark=True, few_colours=False))
    assert [strip.cell_length for strip in strips] == [6, 6]
    assert strips[0].text == " " * 6
    assert cells(strips[1]) == [("  ", None, (255, 0, 0))]
    assert cells(strips[1].crop(2, 4)) == cells(strips[1])


def test_with_few_colours_there_are_shades_and_on_light_they_are_of_darkness():
    white, grey, black = b"\xff\xff\xff\xff", b"\x80\x80\x80\xff", b"\0\0\0\xff"
    pixels = PixelRows(4, 2, (white + grey + black + CLEAR) * 2)
    room = PictureRoom(4, 1, (0, 0, 0), is_dark=True, few_colours=True)
    assert picture_strips(pixels, room)[0].text == "█▒  "
    assert picture_strips(pixels, room._replace(is_dark=False))[0].text == " ▒█ "
