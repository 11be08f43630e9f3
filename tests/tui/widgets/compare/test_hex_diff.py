import pytest

from layertui.tui.widgets.compare.hex_diff import HexDiff, byte_diff
from tui_stage import Stage


class OneDiff(Stage):
    def compose(self):
        yield HexDiff()


LEFT = bytes(range(256)) * 4
RIGHT = LEFT[:500] + b"XY" + LEFT[502:] + b"tail"


def shown(app, left=LEFT, right=RIGHT):
    view = app.query_one(HexDiff)
    view.show(byte_diff(left, right), ("a", "b"))
    view.focus()
    return view


def test_what_only_one_side_has_differs():
    diff = byte_diff(b"abc", b"aXcde")
    assert diff.differs.tolist() == [False, True, False, True, True]
    assert diff.count == 3


@pytest.mark.parametrize(("width", "per_row", "rows"), [(78, 16, 67), (100, 8, 129), (160, 16, 65)])
async def test_as_many_bytes_in_a_row_as_there_is_room_for(width, per_row, rows):
    app = OneDiff()
    async with app.run_test(size=(width, 20)) as pilot:
        view = shown(app)
        await pilot.pause()
        assert view.count == rows
        text = "\n".join(view.render_line(y).text for y in range(20))
        at = 500 // per_row * per_row
        assert f"{at:08x}" in text
        assert "58 59" in text  # XY
        assert "XY" in text


async def test_bytes_that_differ_are_marked_one_by_one():
    app = OneDiff()
    async with app.run_test(size=(160, 20)) as pilot:
        view = shown(app, b"0123456789abcdef" * 2, b"0123456789abcdef" + b"0123_5_789abcdef")
        await pilot.pause()
        ground = view.inks.style("now").bgcolor
        assert [segment.text for segment in view.render_line(2) if segment.style.bgcolor == ground] == [
            "5f",
            "5f",
            "_",
            "_",
        ]


@pytest.mark.slow
async def test_keys_go_from_difference_to_difference_and_a_narrower_screen_keeps_the_place():
    app = OneDiff()
    async with app.run_test(size=(160, 12)) as pilot:
        view = shown(app)
        await pilot.pause()
        assert view.where == "1 of 2 differences"
        await pilot.press("n")
        assert view.cursor == 64
        await pilot.resize_terminal(78, 12)
        await pilot.pause()
        assert view._row_of(view.cursor) == 64
        await pilot.press("N")
        assert view._row_of(view.cursor) == 31
