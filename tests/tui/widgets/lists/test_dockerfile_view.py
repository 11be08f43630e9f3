"""A Dockerfile in a pane: wrapped, its instructions marked, the cursor on a step."""

import pytest
from textual.app import App

from layertui.tui.common.dockerfile_line import DockerfileLine
from layertui.tui.widgets.lists.dockerfile_view import DockerfileView

LINES = (
    DockerfileLine("FROM scratch"),
    DockerfileLine("# layer 1", 0, is_comment=True),
    DockerfileLine("RUN set -eux; \\", 0),
    DockerfileLine("\tmake", 0, is_continued=True),
    DockerfileLine('ENV A="b c"', 1),
    DockerfileLine(f"LABEL a={'x' * 70}", 2),
)


class Framed(App):
    saved = 0

    def compose(self):
        yield DockerfileView(id="view")

    def on_dockerfile_view_saved(self):
        self.saved += 1


@pytest.fixture
async def view():
    async with Framed().run_test(size=(40, 12)) as pilot:
        view = pilot.app.query_one(DockerfileView)
        view.show_lines(LINES)
        view.focus()
        await pilot.pause()
        view.pilot = pilot
        yield view


def drawn(view):
    return ["".join(text for text, _ in view.draw_row(row, 40)) for row in range(view.count)]


async def test_lines_are_wrapped_and_marked(view):
    rows = drawn(view)
    assert rows[:5] == [" FROM scratch", " # layer 1", " RUN set -eux; \\", "     make", ' ENV A="b c"']
    assert "".join(row.strip() for row in rows[5:]) == LINES[5].text
    assert all(len(row) <= 40 for row in rows)
    assert view.draw_row(2, 40)[1] == ("RUN", "base strong")
    assert view.draw_row(3, 40)[1][1] == ""
    assert ('"b c"', "added") in view.draw_row(4, 40)


async def test_lines_are_wrapped_anew_beside_a_scroll_bar(view):
    """Textual does not say by Resize that a scroll bar has come."""
    long = DockerfileLine(f"# {'a ' * 60}", is_comment=True)
    view.show_lines([long])
    await view.pilot.pause()
    assert not view.show_vertical_scrollbar
    view.show_lines([long] * 10)
    await view.pilot.pause()
    await view.pilot.pause()
    assert view.show_vertical_scrollbar
    assert max(len(row) for row in drawn(view)) <= view.scrollable_content_region.width


async def test_the_cursor_stays_on_its_step(view):
    view.go_to_step(1)
    assert (view.cursor, view.step) == (4, 1)
    view.show_lines((LINES[0], DockerfileLine("# more", is_comment=True), *LINES[1:]))
    assert (view.cursor, view.step) == (5, 1)
    view.go_to_step(0)
    assert view.to_copy() == "RUN set -eux; \\\n\tmake"
    assert view.more_to_copy().startswith("FROM scratch\n# more\n# layer 1\nRUN")


async def test_the_cursor_stays_where_it_is_on_the_screen_whatever_comes_first(view):
    """A searched base takes a line away above it, waste adds some: the answers come in any order."""
    first = tuple(DockerfileLine(f"# {n}", is_comment=True) for n in range(30))
    shorter, longer = first[1:], (*first, *first[:3])
    tops = set()
    for between in (shorter, longer):
        view.show_lines((*first, *LINES))
        view.go_to_step(1)
        view.show_lines((*between, *LINES))
        view.show_lines((*longer[1:], *LINES))
        await view.pilot.pause()
        tops.add(view.cursor - view.scroll_offset.y)
    assert len(tops) == 1


async def test_x_saves_what_there_is(view):
    await view.pilot.press("x")
    assert view.app.saved == 1
    view.show_lines(())
    await view.pilot.press("x")
    assert view.app.saved == 1
