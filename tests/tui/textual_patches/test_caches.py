"""What is gone from the screen is gone from memory, with all that was painted of it."""

import asyncio
import gc
from weakref import ref

import pytest
from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Static

from layertui.tui.textual_patches.caches import patch_styles_cache, shrink_strip_cache
from layertui.tui.textual_patches.typed_line import TypedLine
from layertui.tui.textual_patches.typed_text import TypedText
from layertui.tui.widgets.files.editor import Editor
from layertui.tui.widgets.forms.fields import Line
from tui_stage import Stage

KINDS = [lambda: Static("text"), TypedLine, TypedText, Editor, lambda: Line("name")]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
async def test_a_widget_that_is_gone(kind):
    patch_styles_cache()
    patch_styles_cache()  # each app does
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        widget = kind()
        await app.screen.mount(widget)
        await app.quiet(pilot)
        assert widget._styles_cache._cache, "nothing of it was painted"
        gone = [ref(widget), ref(widget._styles_cache)]
        await widget.remove()
        del widget
        await app.screen.mount(Static("other"))  # until something is painted, the screen keeps the last that went
        for _ in range(20):  # a message or a timer may still have it
            await app.quiet(pilot)
            gc.collect()
            if gone[0]() is None:
                break
            await asyncio.sleep(0.05)
        assert [one() for one in gone] == [None, None]


def test_a_piece_of_a_line_keeps_what_it_is_asked_for_and_nothing_else():
    shrink_strip_cache()
    one, other = Strip([Segment("ab"), Segment("cd")]), Strip([Segment("ab")])
    assert one.divide([1, 4]) is one.divide([1, 4])
    assert one.crop(1, 3) is one.crop(1, 3)
    assert one.crop(1, 3).text == "bc"
    assert not other._divide_cache
    assert not one._filter_cache
