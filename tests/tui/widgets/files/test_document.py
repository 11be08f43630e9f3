"""Documents: names and values, wrapped to the width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from layertui.tui.widgets.files.document import NAME_WIDTH, Document, Part, heading, lines_of
from layertui.tui.widgets.text.pieces import advice, width_of, wrapped


@given(text=st.text("ab 日本é", max_size=80), width=st.integers(2, 40))
def test_wrapping_loses_nothing_but_blanks_and_fits(text, width):
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


def test_words_stay_whole_where_they_can():
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("sha256:0123456789", 8) == ["sha256:0", "12345678", "9"]


def test_values_stand_below_each_other():
    lines = lines_of([heading("Image"), Part("a", "name"), Part("b", " "), Part("x " * 30, "long")], 50)
    texts = ["".join(text for text, _ in line) for line in lines]
    assert texts[0] == "Image"
    assert texts[1] == "name".ljust(NAME_WIDTH) + "a"
    assert texts[2] == " " * NAME_WIDTH + "b"
    assert all(width_of(line) <= 50 for line in lines)
    assert texts[4].startswith(" " * NAME_WIDTH + "x")


def test_a_blank_line_before_each_heading_but_the_first():
    lines = lines_of([heading("A"), Part("x"), heading("B")], 40)
    assert [bool(line) for line in lines] == [True, True, False, True]


def test_advice_marks_its_keys_over_a_line_end_too():
    assert advice("press `L` now", 40) == [[("press ", "dim"), ("L", "key"), (" now", "dim")]]
    assert advice("run `layertui demo` now", 14) == [
        [("run ", "dim"), ("layertui", "key")],
        [("demo", "key"), (" now", "dim")],
    ]


@pytest.mark.slow
async def test_it_scrolls_by_keys_and_wraps_anew():
    app = App()
    async with app.run_test(size=(40, 10)) as pilot:
        document = Document()
        await app.screen.mount(document)
        document.focus()
        document.show([Part(f"line {number}") for number in range(40)])
        await pilot.pause()
        await pilot.press("j", "j", "pagedown")
        assert document.scroll_offset.y == 11
        await pilot.press("G")
        assert document.scroll_offset.y == 30
        await pilot.press("g")
        assert document.scroll_offset.y == 0
        document.show([Part("a long line " * 10)])
        await pilot.pause()
        before = document.count
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        assert document.count > before
