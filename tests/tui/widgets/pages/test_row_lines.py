"""Rows on lines of the screen: every movement agrees with the list of all lines."""

import random
from itertools import pairwise

import pytest
from rich.cells import cell_len

from layertui.core.analysis.file_pages.page_rows import PageWindow
from layertui.tui.widgets.pages.page_lines import shown
from layertui.tui.widgets.pages.row_lines import Place, RowLines


def window_of(*rows):
    starts = [sum(map(len, rows[:at])) for at in range(len(rows))]
    data = b"".join(rows)
    return PageWindow(len(data), starts, len(data), 0, data)


ROWS = ["\n", "abc\n", "x" * 23 + "\n", "漢字" * 9 + "a\n", "\x1b\x1b\n", "é" * 10 + "\n", "last"]
WINDOW = window_of(*(row.encode() for row in ROWS))


@pytest.mark.parametrize("width", [None, 1, 2, 5, 10, 200])
def test_lines_hold_the_whole_text_and_moves_go_along_them(width):
    lines = RowLines(WINDOW, width)
    every = [Place(row, line) for row in range(len(WINDOW)) for line in range(lines.count(row))]
    for row in range(len(WINDOW)):
        text, starts = shown(WINDOW.row(row)), [*lines.starts(row), None]
        pieces = [text[one:other] for one, other in pairwise(starts)]
        assert "".join(pieces) == text
        if width is not None and width > 1:
            assert all(cell_len(piece) <= width for piece in pieces)
    for height in (1, 3, 7, 1000):
        last = max(0, len(every) - height)
        assert lines.last_top(height) == every[last]
        assert lines.on_screen(every[last], height) == every[last:]
        picked = random.Random(height)
        for _ in range(200):
            at, by = picked.randrange(len(every)), picked.randrange(-40, 40)
            place, rest = lines.moved(every[at], by, height)
            to = max(0, min(at + by, last))
            assert (place, rest) == (every[to], at + by - to)


def test_an_offset_is_on_the_line_that_shows_it():
    lines = RowLines(WINDOW, 10)
    start = WINDOW.starts[2]
    assert [lines.place_of(start + at) for at in (0, 9, 10, 22)] == [Place(2), Place(2), Place(2, 1), Place(2, 2)]
    assert lines.place_of(WINDOW.size).row == len(WINDOW) - 1
