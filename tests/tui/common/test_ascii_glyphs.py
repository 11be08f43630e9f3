"""Screens in ASCII: nothing that is drawn is left out, and nothing moves."""

import re
from pathlib import Path

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

import layertui.tui
from layertui.tui.common.ascii_glyphs import TABLE, AsciiGlyphs
from layertui.tui.widgets.chrome.load_line import BARS
from layertui.tui.widgets.lists.container_table import GLYPHS
from layertui.tui.widgets.text.theme_styles import SIGNS

SPELLED = "µ" + "–"  # letters and punctuation of texts


def test_each_is_one_cell_of_ascii():
    assert all(cell_len(chr(glyph)) == 1 == len(plain) for glyph, plain in TABLE.items())
    assert all(plain.isascii() for plain in TABLE.values())


def test_every_character_that_the_screens_draw_has_one():
    folder = Path(layertui.tui.__file__).parent
    strings = [
        found
        for path in folder.rglob("*.py")
        if path.parent.name not in ("report", "comparison", "analysis", "verbs")
        for found in re.findall(r"[^\x00-\x7f]", path.read_text())
    ]
    assert {one for one in strings if ord(one) not in TABLE} <= set(SPELLED)


def test_states_and_signs_stay_apart():
    for glyphs in (list(GLYPHS.values()), [sign for sign, _ in SIGNS.values()], ["●", "○", "◌", "✓", "✎"]):
        assert len({glyph.translate(TABLE) for glyph in glyphs}) == len(glyphs)


def test_the_bars_of_a_chart_stay_apart():
    assert BARS.translate(TABLE) == "_.:-=+*#"


def test_names_keep_their_letters_and_lines_their_width():
    (segment,) = AsciiGlyphs().apply([Segment("│▌ grüße/文 ╌")], Color(0, 0, 0))
    assert segment.text == "|> grüße/文 -"
