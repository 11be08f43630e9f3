import hashlib

import pytest

from builders import file, image, layer, symlink
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.widgets.compare.content_diff import ContentDiff
from layertui.tui.widgets.compare.hex_diff import HexDiff
from layertui.tui.widgets.files.file_view import FileView
from pressed_keys import silent_keys
from tui_stage import Stage
from tui_values import built
from tui_world import World

ONE = image(
    [
        layer(
            [
                file("x", b"\x00\x01one"),
                file("t", "a\nb\n"),
                symlink("l", "t"),
                file("only", "here alone\n"),
                file("same", "="),
            ]
        )
    ],
    tags=["one:1"],
)
TWO = image(
    [layer([file("x", b"\x00\x01two"), file("t", "a\nc\n", mode=0o600), file("same", "=", mode=0o600)])], tags=["two:1"]
)


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
        view = app.screen.query_one(HexDiff)
        assert view.has_focus
        row = view.render_line(1).text
        assert "00 01 6f 6e 65" in row
        assert "00 01 74 77 6f" in row
        assert app.screen.query_one("#contents")._border_title.plain == "3 bytes differ, offset by offset"


async def test_a_file_of_one_side_alone_is_shown_as_it_is(world):
    app = await shown(world, "/only")
    async with app.run_test(size=(120, 20)) as pilot:
        await app.quiet(pilot)
        assert "1  here alone" in app.screen.query_one(FileView).render_line(0).text
        assert app.screen.query_one("#contents")._border_title.plain == "only in one:1: text, 11B"


async def test_equal_bytes_under_another_mode_are_said_to_be_the_same(world):
    app = await shown(world, "/same")
    async with app.run_test(size=(120, 20)) as pilot:
        await app.quiet(pilot)
        assert app.screen.query_one("#contents")._border_title.plain == "the contents are the same"
        about = str(app.screen.query_one("#about").render())
        assert about.count("sha256:") == 2


async def test_of_a_large_file_the_beginning_is_compared_and_the_whole_is_summed(world, monkeypatch):
    monkeypatch.setattr("layertui.tui.screens.compare.file_versions.LIMIT", 2)
    monkeypatch.setattr("layertui.tui.screens.compare.file_versions.CHUNK", 1)
    app = await shown(world, "/x")
    async with app.run_test(size=(160, 20)) as pilot:
        await app.quiet(pilot)
        assert "the first" in app.screen.query_one("#contents")._border_title.plain
        assert len(app.screen.query_one(HexDiff).diff.left) == 2
        about = str(app.screen.query_one("#about").render())
        assert "sha256:" + hashlib.sha256(b"\x00\x01one").hexdigest()[:12] in about


@pytest.mark.slow
async def test_what_has_no_content_says_so(world):
    app = await shown(world, "/l")
    async with app.run_test(size=(120, 20)) as pilot:
        await app.quiet(pilot)
        about = str(app.screen.query_one("#about").render())
        assert "→ t" in about
        assert "not there" in about
        assert "a symbolic link has no content to show" in app.screen.query_one("#contents")._border_title.plain


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/same", "/only", "/l", "/x"])
async def test_a_key_that_can_do_nothing_says_why(world, path):
    app = await shown(world, path)
    async with app.run_test(size=(120, 20)) as pilot:
        await app.quiet(pilot)
        # Page down where all is in sight; the only difference where the cursor is; nothing to fold.
        still = {"/only": {"space"}, "/l": {"space"}, "/x": {"n", "N"}, "/same": {"z"}}[path]
        assert await silent_keys(app, pilot, leave_out={"escape", "q"} | still) == []
        if path == "/same":
            assert ("warning", "Next: nothing differs here.") in app.told
