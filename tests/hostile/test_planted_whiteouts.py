"""A container can plant names like those of whiteouts in a layer tar: what is made at such a name is made there, and nowhere else.

A user without the right to make devices has whiteouts as files; root has them where undo sets back what there was.
"""

import io
import os

import pytest

from builders import file, folder, layer
from layertui.core.engines.file_protocols import ReversibleLayer
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from writable_layers import box_in

BASE = layer([folder("d"), file("d/old", b"old"), folder("e"), file("f", b"f")])
NO_DEVICES = PermissionError(1, "Operation not permitted")


@pytest.fixture
def own(tmp_path, store_folder):
    box_in(store_folder, tmp_path, BASE)
    inspector = Inspector(Settings.load(store=store_folder))

    def layer() -> ReversibleLayer:
        found = inspector.containers.files.writable_layer("box")
        assert isinstance(found, ReversibleLayer)
        return found

    return layer


@pytest.fixture
def without_devices(monkeypatch):
    def refuse(*_, **__):
        raise NO_DEVICES

    monkeypatch.setattr(os, "mknod", refuse)


def plant(own, name, outside, kind):
    place = own().upper / name
    place.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(outside)


@pytest.mark.parametrize("kind", ["symlink", "pipe"])
def test_a_removal_makes_nothing_elsewhere(own, tmp_path, without_devices, kind):
    own().write("/f", io.BytesIO(b"mine"))
    plant(own, ".wh.f", tmp_path / "outside", kind)
    own().unlink("/f")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", ["symlink", "pipe"])
def test_a_move_makes_nothing_elsewhere(own, tmp_path, without_devices, kind):
    own().write("/d/old", io.BytesIO(b"mine"))
    plant(own, "d/.wh.old", tmp_path / "outside", kind)
    own().rename("/d/old", "/e/new")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", ["symlink", "pipe"])
def test_undo_makes_nothing_elsewhere(own, tmp_path, kind):
    own().write("/new", io.BytesIO(b"mine"))
    plant(own, ".wh.new", tmp_path / "outside", kind)
    way = own().unlink_reversibly("/new")
    own().take_back(way)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("kind", ["symlink", "pipe"])
def test_a_folder_that_hides_the_image_makes_nothing_elsewhere(own, tmp_path, monkeypatch, kind):
    """On a file system without xattrs."""
    from layertui.core.containers.rootfs import stopped_root

    def refuse(*_, **__):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(stopped_root, "set_xattrs_at", refuse)
    own().mkdir("/x")
    plant(own, "x/.wh..wh..opq", tmp_path / "outside", kind)
    own().unlink("/d", recursive=True)
    own().rename("/x", "/d")
    assert not (tmp_path / "outside").exists()


def test_undo_removes_no_whiteout_of_another_folder(own):
    """Of a symlink that leads to another layer from its new place, and not from its old one."""
    upper = own().upper
    other = upper.parent.parent / "other"
    other.mkdir()
    (other / ".wh..wh..opq").write_bytes(b"")
    own().mkdir("/own")
    (upper / "own/x").symlink_to("../../other")
    own().take_back(own().rename_reversibly("/own/x", "/x"))
    assert (upper / "own/x").is_symlink()
    assert (other / ".wh..wh..opq").exists()
    (other / ".wh..wh..opq").unlink()
    other.rmdir()
