"""What people report against dive 0.13, one test each: here it is right."""

import tarfile

import pytest

from builders import docker_archive, file, folder, image, layer, oci_archive, oci_layout, opaque
from command_line import layertui
from home_driver import Driver
from layertui.core.layers.stack import stack
from layertui.tui.app import LayerTui
from tui_sample import SampleInspector, clock

EMPTIED = image(
    [
        layer([folder("data"), file("data/a", b"a" * 30), folder("data/sub"), file("data/sub/b", b"b" * 12)]),
        layer([folder("data"), opaque("data"), file("data/n", b"n")]),
    ],
    history=["ADD rootfs /", "RUN reset"],
    tags=["emptied:1"],
)
COPIED = image([layer([file("big", letter * 100)]) for letter in (b"a", b"b", b"c")], tags=["copied:1"])


def test_a_folder_that_is_emptied_shows_nothing_from_below(tmp_path):
    """Opaque whiteouts are ignored by dive."""
    archive = docker_archive(EMPTIED, tmp_path / "emptied.tar")
    assert [one["path"] for one in layertui("ls", "-R", "--json", archive, "/data").ok().json] == ["/data/n"]
    assert layertui("analyze", "--json", archive).ok().json["wasted_bytes"] == 42


def test_of_three_copies_two_are_wasted(tmp_path):
    """dive's issue 684: it counts the copy that shows as well."""
    found = layertui("analyze", "--json", docker_archive(COPIED, tmp_path / "copied.tar")).ok().json
    assert (found["size"], found["wasted_bytes"]) == (300, 200)


@pytest.mark.parametrize("form", [docker_archive, oci_archive, oci_layout])
def test_every_form_opens_and_gives_its_files(form, tmp_path):
    """dive extracts nothing from an archive, and opens no OCI layout."""
    made = form(EMPTIED, tmp_path / "made")
    layertui("extract", made, "/data", tmp_path / "out").ok()
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["n"]
    assert layertui("history", "--json", made).ok().json[-1]["created_by"] == "ADD rootfs /"


def test_an_archive_without_manifest_json(tmp_path):
    layout, bare = oci_layout(EMPTIED, tmp_path / "layout"), tmp_path / "bare.tar"
    with tarfile.open(bare, "w") as tar:
        for name in ("oci-layout", "index.json", "blobs"):
            tar.add(layout / name, name)
    assert len(layertui("layers", "--json", bare).ok().json) == 2


@pytest.mark.slow
async def test_a_move_to_another_layer_stacks_nothing_again(tmp_path, monkeypatch):
    """dive's issue 288: it stacks all layers at every move."""
    app, stacked = LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock), []
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        await drive.press("j", "j", "3")
        assert drive.home.panes.files.border_title == "4 Files as of layer 6"
        monkeypatch.setattr(stack, "build", lambda *_, **__: stacked.append(1))
        titles = set()
        for key in "jjkj":
            await drive.press(key)
            titles.add(drive.home.panes.files.border_title)
    assert titles == {f"4 Files as of layer {layer}" for layer in (5, 4)}
    assert stacked == []
