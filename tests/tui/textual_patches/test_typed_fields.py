"""Text that is edited: nothing in it acts on the terminal, the cursor keeps its place, and the text stays the same."""

import pytest

from layertui.tui.textual_patches.typed_line import TypedLine
from layertui.tui.textual_patches.typed_text import TypedText
from tui_stage import Stage

ODD = "a\x1b[31mb\u202ec\u200bd\x9be\nf\udcffg"
SHOWN = "a\u241b[31mb\ufffdc\ufffdd\ufffde\u240af\ufffdg"


class Fields(Stage):
    def compose(self):
        yield TypedLine(ODD, id="line", select_on_focus=False, compact=True)
        yield TypedText("\t" + ODD.replace("\n", " "), id="text", compact=True, soft_wrap=False)


def drawn(widget):
    return "".join(segment.text for segment in widget.render_line(0)).rstrip()


@pytest.fixture
async def fields():
    app = Fields()
    async with app.run_test(size=(60, 10)) as pilot:
        await app.quiet(pilot)
        yield app, pilot


async def test_it_is_drawn_cell_by_cell(fields):
    app, _ = fields
    assert drawn(app.query_one("#line")) == SHOWN
    assert drawn(app.query_one("#text")) == "    " + SHOWN.replace("\u240a", " ")


@pytest.mark.slow
async def test_the_cursor_stands_behind_what_was_typed_and_the_text_is_kept(fields):
    app, pilot = fields
    line = app.query_one(TypedLine)
    line.focus()
    await pilot.press("end", "x", "backspace")
    assert line.value == ODD
    assert line._position_to_cell(len(ODD)) == len(SHOWN)
    app.query_one(TypedText).focus()
    await pilot.press("x", "backspace")
    assert app.query_one(TypedText).text == "\t" + ODD.replace("\n", " ")


async def test_what_it_could_become_is_no_less_odd(fields):
    app, pilot = fields
    line = app.query_one(TypedLine)
    line.value = "a"
    line.focus()
    await pilot.press("end")
    line._suggestion = ODD
    assert drawn(line) == SHOWN


async def test_so_is_what_stands_in_it_before_a_key(fields):
    app, _ = fields
    line = app.query_one(TypedLine)
    line.value, line.placeholder = "", ODD
    assert "\x1b" not in drawn(line)
