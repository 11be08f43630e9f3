import pytest

from builders import file, image, layer, symlink
from layertui.tui.screens.content import ContentScreen, Side
from layertui.tui.widgets.content_diff import ContentDiff
from layertui.tui.widgets.file_view import FileView
from tui_stage import Stage
from tui_values import built
from tui_world import World

ONE = image([layer([file("x", b"\x00\x01one"), file("t", "a\nb\n"), symlink("l", "t")])], tags=["one:1"])
TWO = image([layer([file("x", b"\x00\x01two"), file("t", "a\nc\n", mode=0o600)])], tags=["two:1"])


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, *built(), ONE, TWO)


def sides(world, path):
    found = []
    for name in ("one:1", "two:1"):
        subject = world.inspector.open(name)
        found.append(Side(subject, world.inspector.view(subject).get(path)))
    return found


async def shown(world, path, pilot_size=(120, 20)):
    return Stage(ContentScreen(*sides(world, path), path, "modified"), world.inspector)


async def test_text_beside_text(world):
    app = await shown(world, "/t")
    async with app.run_test(size=(120, 20)) as pilot:
        await app.quiet(pilot)
        lines = app.screen.query_one(ContentDiff)
        assert lines.display
        assert lines.cursor == 1
        assert "-rw-------" in str(app.screen.query_one("#about").render())


async def test_bytes_beside_bytes(world):
    app = await shown(world, "/x")
    async with app.run_test(size=(160, 20)) as pilot:
        await app.quiet(pilot)
        assert "00 01 6f 6e 65" in app.screen.query_one("#left", FileView).render_line(0).text
        assert "00 01 74 77 6f" in app.screen.query_one("#right", FileView).render_line(0).text


async def test_what_has_no_content_says_so(world):
    app = await shown(world, "/l")
    async with app.run_test(size=(120, 20)) as pilot:
        await app.quiet(pilot)
        about = str(app.screen.query_one("#about").render())
        assert "→ t" in about
        assert "not there" in about
        assert "a symlink has no content to show" in app.screen.query_one("#contents")._border_title.plain
