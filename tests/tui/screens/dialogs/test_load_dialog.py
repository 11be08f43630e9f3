from pathlib import Path

import pytest

from builders import docker_archive
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from tui_stage import Stage
from tui_values import BASE, built
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return World(tmp_path / "store", *built())


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


async def test_it_says_what_it_found_and_which_tags_would_move(world):
    one, two = built()
    docker_archive([one.tagged("shop:1"), two.tagged("demo:1.0", "shop:2")], Path("two.tar"))
    app = Stage(BringInDialog("two.tar"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        effect = text_of(app, "#effect")
        assert "2 images, 7 layers." in effect
        assert "demo:1.0 would move from" in effect
        assert text_of(app, "#command") == "$ layertui load -i two.tar"
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == [("shop:1", "demo:1.0")]
        assert [text for kind, text in app.told if kind == "warning"] != []


async def test_the_tags_can_stay_and_then_nothing_is_loaded(world):
    _, two = built()
    docker_archive(two.tagged("demo:1.0"), Path("two.tar"))
    app = Stage(BringInDialog("two.tar"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", "space", "enter")
        await app.quiet(pilot)
        assert app.answers == []
        assert "demo:1.0 is image" in text_of(app, "#outcome")
        assert "--no-clobber" in text_of(app, "#command")


async def test_a_tar_of_files_is_imported_with_the_config_of_an_image(world, monkeypatch):
    Path("rootfs.tar").write_bytes(BASE)
    called = {}

    def import_(source, ref=None, **options):
        called.update(source=source, ref=ref, **options)
        return world.images.all[0]

    monkeypatch.setattr(world.inspector.images, "import_", import_)
    app = Stage(BringInDialog("rootfs.tar"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "No CMD and no ENV" in text_of(app, "#effect")
        await pilot.press("tab", *"web:1", "tab", *"why", "tab", *"demo:1.0")
        await app.quiet(pilot)
        assert "3 changes to its config." in text_of(app, "#effect")
        await pilot.press("tab", "enter", *"USER 7")
        await app.quiet(pilot)
        await pilot.press("ctrl+s")
        await app.quiet(pilot)
        assert (called["source"], called["ref"], called["message"]) == (Path("rootfs.tar"), "web:1", "why")
        assert called["changes"][-3:] == ["WORKDIR /srv", 'CMD ["python3", "/srv/app/run.py"]', "USER 7"]


async def test_the_path_completes_and_is_looked_into_while_it_is_typed(world):
    docker_archive(built()[0], Path("images.tar"))
    app = Stage(BringInDialog(), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"ima")
        await app.quiet(pilot)
        await pilot.press("right")
        await app.quiet(pilot)
        assert app.screen.query_one("#file").value == "images.tar"
        assert "1 image, 5 layers." in text_of(app, "#effect")


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "notes.txt: no such file"), (b"hello", "notes.txt"), (b"\x1f\x8b\x08rotten", "notes.txt")],
)
async def test_what_is_no_image_is_one_line(world, content, words):
    if content is not None:
        Path("notes.txt").write_bytes(content)
    app = Stage(BringInDialog("notes.txt"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert words in text_of(app, "#outcome")
        assert app.answers == []
