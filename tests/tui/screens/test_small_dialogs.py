"""Tag, commit, delete, question and notice."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from builders import file, image, layer
from layertui.core.errors import CannotPause
from layertui.tui.common.format import short
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.delete import delete_file_dialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.questions import Confirm, Notice
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from tui_stage import Stage
from tui_values import built
from tui_world import World, reference


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, *built())


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


@pytest.mark.slow
async def test_a_tag_that_is_taken_is_reported_before_it_moves(world):
    app = Stage(TagDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        assert "a name is needed" in text_of(app, "#outcome")
        await pilot.press(*"demo:1.0")
        assert "demo:1.0 now names" in text_of(app, "#effect")
        await pilot.press(*".1", "enter")
        await app.quiet(pilot)
        assert app.answers == ["demo:1.0.1"]
        assert world.inspector.open("demo:1.0.1").image.id == world.inspector.open("demo:2.0").image.id


@pytest.mark.slow
async def test_commit_says_how_much_and_takes_all_its_fields(world):
    world.container()
    app = Stage(CommitDialog("kind_banzai"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "Adds one layer (6 changed paths, 29B) and one history step." in text_of(app, "#effect")
        await pilot.press(*"new:1", "tab", *"why", "tab", *"me", "tab", *'CMD ["sh"]; ENV A=b', "enter")
        await app.quiet(pilot)
        assert app.answers == ["new:1"]
        _, names, options = world.containers.files.committed[-1]
        assert names in ((reference("new:1"),), [reference("new:1")])
        assert (options["message"], options["author"], list(options["changes"])) == (
            "why",
            "me",
            ['CMD ["sh"]', "ENV A=b"],
        )


@pytest.mark.slow
async def test_where_it_cannot_be_paused_commit_goes_on_and_says_so(world, monkeypatch):
    files = world.containers.files
    unpaused = files.commit

    def commit(*arguments, pause=True, **options):
        if pause:
            raise CannotPause("container kind_banzai: cannot pause it without cgroup v2")
        return unpaused(*arguments, pause=pause, **options)

    monkeypatch.setattr(files, "commit", commit)
    world.container()
    app = Stage(CommitDialog("kind_banzai"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"new:1", "enter")
        await app.quiet(pilot)
        assert app.answers == ["new:1"]
        line = app.notices.log.acts[-1].text
        assert "one layer more, history kept; it was not paused while its image was made" in line
        assert "cannot pause it without cgroup v2" in line


@pytest.mark.slow
async def test_deleting_a_file_of_the_image_leaves_a_whiteout_and_says_so(world):
    world.container()
    app = Stage(DeleteFileDialog("kind_banzai", "/etc/motd"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "A whiteout in the writable layer hides it." in text_of(app, "#effect")
        assert "Layer 3 stays as it is" in text_of(app, "#effect")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == [True]
        assert world.file("kind_banzai", "/etc/motd") is None


@pytest.mark.slow
async def test_deleting_what_only_the_writable_layer_has_says_what_is_lost_and_can_be_undone(world):
    world.container()
    app = Stage(DeleteFileDialog("kind_banzai", "/1.txt"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#effect") == (
            "It exists only in the writable layer: deleting removes it.\n"
            "Lost: this version of the writable layer, 4B.\n"
            "`u` puts it back, for 10 seconds or until you do something else."
        )
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]
        assert world.file("kind_banzai", "/1.txt") is not None


@pytest.mark.slow
async def test_where_there_is_no_way_back_the_question_says_so(world, monkeypatch):
    world.container()
    monkeypatch.setattr(delete_file_dialog, "no_way_back", lambda *_: "the container runs")
    app = Stage(DeleteFileDialog("kind_banzai", "/1.txt"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "deleting removes it for good." in text_of(app, "#effect")
        assert "This cannot be undone: the container runs." in text_of(app, "#effect")


@pytest.mark.slow
async def test_deleting_an_image_says_what_other_images_keep_and_who_uses_it(world):
    world.container()
    app = Stage(DeleteImageDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        effect = text_of(app, "#effect")
        assert "This was its last tag: image ccfb59c1d319 is removed. Frees 2 of 6 layers, 5.13MB." in effect
        assert "4 layers are kept: other images use them." in effect
        assert "In use by kind_banzai." in effect
        assert app.screen.query_one("#force").display
        await pilot.press("space")
        assert text_of(app, "#command") == "$ layertui rmi -f demo:2.0"


async def test_an_image_with_one_layer_or_none_of_its_own_is_reported_in_good_english(world):
    told = {}
    app = Stage(DeleteImageDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        dialog, image = app.screen, app.screen._image
        for layers, shared in ((1, 0), (1, 1), (3, 2), (3, 0)):
            dialog._image = replace(image, diff_ids=image.diff_ids[:layers])
            dialog._shared, dialog._freed = shared, 12
            told[layers, shared] = str(dialog.effect()).split(". ", 1)[1]
    assert told[1, 0].startswith("Frees 1 of 1 layer, 12B.")
    assert told[1, 1].startswith("No layer is freed.\n1 layer is kept: other images use it.")
    assert told[3, 2].startswith("Frees 1 of 3 layers, 12B.\n2 layers are kept: other images use them.")
    assert told[3, 0].startswith("Frees 3 of 3 layers, 12B.")


async def test_one_name_of_several_is_only_a_name(world):
    world.inspector.images.tag("demo:2.0", "shop:1")
    app = Stage(DeleteImageDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#effect") == (
            "Only this tag is removed.\nThe image is kept as shop:1.\n"
            "`u` puts it back, for 10 seconds or until you do something else."
        )


async def test_an_image_without_a_tag_loses_no_tag_and_is_called_by_its_short_id(tmp_path):
    world = World(tmp_path, image([layer([file("a", b"x")])]))
    (row,) = world.inspector.images.list()
    assert not row.names
    app = Stage(DeleteImageDialog(str(row.id)), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#effect").startswith(
            f"It has no tag: image {short(row.id)} is removed. Frees 1 of 1 layer"
        )
        assert app.screen.heading() == f"Delete image {short(row.id)}?"
        assert app.screen.command()[-1] == str(row.id)


@pytest.mark.slow
async def test_a_running_container_is_deleted_only_with_a_tick(world):
    world.container(running=True)
    app = Stage(DeleteContainerDialog("kind_banzai"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert text_of(app, "#outcome").startswith("cannot remove container kind_banzai: it is running; stop it first")
        await pilot.press("space", "enter")
        await app.quiet(pilot)
        assert app.answers == [True]
        assert world.inspector.containers.list() == []


@pytest.mark.slow
async def test_a_question_and_a_notice_show_text_as_it_is():
    app = Stage(Confirm("really?\n[bold]x[/] \x1b[2J", title="[red]title", yes="Do it"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert text_of(app, "#about") == "really?\n[bold]x[/] \\x1b[2J"
        await pilot.press("enter")
        await pilot.pause()
        assert app.answers == [True]
    app = Stage(Notice("long story"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]


@pytest.mark.slow
async def test_of_a_long_name_the_end_stands_in_the_title_and_in_the_command(world):
    name = "registry.example.com:5000/some/very/long/path/of/names/that/never/ends/demo:2026-01-02-rc1"
    world.images.tag("demo:1.0", reference(name))
    app = Stage(TagDialog(name), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        title = app.screen.query_one("#frame").border_title
        assert title.startswith("Tag registry.example.com")
        assert title.endswith("demo:2026-01-02-rc1")
        assert cell_len(title) <= 72
        assert text_of(app, "#command").endswith("ends/demo:2026-01-02-rc1 NAME:TAG")
