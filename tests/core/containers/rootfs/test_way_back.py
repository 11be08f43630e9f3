"""Undo in a container's writable layer: afterwards the layer is what it was, to the last attribute, or nothing was undone."""

import io
import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import docker_archive, file, folder, image, layer
from command_line import layertui
from laws.examples import examples
from layertui.core.engines.file_protocols import ReversibleLayer
from layertui.core.errors import Conflict, NotFound
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from writable_layers import box_in

BASE = layer(
    [folder("d"), folder("d/deep"), file("d/deep/old", b"old"), file("d/top", b"top"), folder("e"), file("f", b"f")]
)


@pytest.fixture
def inspector(tmp_path, store_folder):
    box_in(store_folder, tmp_path, BASE)
    return Inspector(Settings.load(store=store_folder))


@pytest.fixture
def own(inspector):
    """The writable layer, anew at each call: as each act asks for it."""

    def layer() -> ReversibleLayer:
        found = inspector.containers.files.writable_layer("box")
        assert isinstance(found, ReversibleLayer)
        return found

    return layer


def everything(inspector):
    """Each file of the writable layer with all that the disk knows of it, and what the container sees."""
    upper = inspector.containers.files.writable_layer("box").upper
    found = {}
    for at, folders, files in os.walk(upper):
        for name in (".", *folders, *files):
            path = os.path.join(at, name)
            what = os.lstat(path)
            xattrs = {
                key: os.getxattr(path, key, follow_symlinks=False) for key in os.listxattr(path, follow_symlinks=False)
            }
            is_whiteout = stat.S_ISCHR(what.st_mode)
            content = Path(path).read_bytes() if stat.S_ISREG(what.st_mode) else b""
            identity = () if is_whiteout else (what.st_ino, what.st_mtime_ns)
            found[os.path.relpath(path, upper)] = (
                what.st_mode, what.st_uid, what.st_gid, what.st_nlink, what.st_size, identity, xattrs, content,
            )  # fmt: skip
    view = inspector.containers.files.stack("box").view()
    seen = [
        (entry.path, entry.kind, entry.mode, entry.uid, entry.gid, entry.mtime, entry.layer, entry.link)
        for entry in map(view.entry, range(len(view)))
    ]
    return found, seen


def left_over(inspector):
    container = inspector.containers.files.writable_layer("box").upper.parent
    return [name for name in ("staging", "kept") if (container / name).exists()]


@contextmanager
def is_undone(inspector, own, change):
    before = everything(inspector)
    way = change(own())
    assert way is not None
    assert everything(inspector) != before
    yield way
    own().take_back(way)
    assert everything(inspector) == before
    assert left_over(inspector) == []


@pytest.mark.parametrize("path", ["/f", "/d/top", "/d/deep", "/d"])
def test_a_removal_of_what_only_the_image_has(inspector, own, path):
    with is_undone(inspector, own, lambda layer: layer.unlink_reversibly(path, recursive=True)):
        pass


@pytest.mark.parametrize("path", ["/d/deep/old", "/d/deep/mine", "/d/deep", "/d", "/new"])
def test_a_removal_of_what_the_layer_has(inspector, own, path):
    layer = own()
    upper = layer.upper
    layer.write("/d/deep/old", io.BytesIO(), mode=0o4711)
    layer.write("/d/deep/mine", io.BytesIO(b"mine"))
    layer.write("/new", io.BytesIO(b"mine"), mode=0o640)
    os.link(upper / "new", upper / "d/deep/twin")
    layer.unlink("/d/top")
    os.utime(upper / "d", ns=(1, 1234567890123456789))
    with is_undone(inspector, own, lambda layer: layer.unlink_reversibly(path, recursive=True)):
        pass


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("/f", "/g"),
        ("/f", "/e/f"),
        ("/d", "/e/d"),
        ("/new", "/d/deep/new"),
        ("/new", "/e/top"),
        ("/own", "/e/own"),
        ("/own", "/gone"),
    ],
)
def test_a_rename(inspector, own, path, new):
    layer = own()
    layer.write("/new", io.BytesIO(b"mine"), mode=0o640)
    layer.mkdir("/own")
    layer.write("/own/file", io.BytesIO(b"mine"))
    layer.unlink("/e", recursive=True)
    layer.mkdir("/e")
    layer.mkdir("/gone")
    layer.unlink("/gone", recursive=True)
    with is_undone(inspector, own, lambda layer: layer.rename_reversibly(path, new)):
        pass


def test_a_rename_onto_what_was_removed(inspector, own):
    """The whiteout of the image's file, and that of its folder, are there again."""
    own().write("/new", io.BytesIO(b"mine"))
    own().mkdir("/own")
    own().unlink("/f")
    own().unlink("/d", recursive=True)
    with is_undone(inspector, own, lambda layer: layer.rename_reversibly("/new", "/f")):
        pass
    with is_undone(inspector, own, lambda layer: layer.rename_reversibly("/own", "/d")):
        pass


def test_a_folder_that_the_image_has_too_is_renamed_without_a_way_back(inspector, own):
    own().write("/d/mine", io.BytesIO(b"mine"))
    assert "the image has files" in own().no_way_back("/d", moved=True)
    assert own().no_way_back("/d") == ""
    assert own().rename_reversibly("/d", "/other") is None
    assert inspector.containers.files.stack("box").view().get("/other/mine") is not None


def test_what_was_changed_since_stays(inspector, own):
    own().write("/new", io.BytesIO(b"mine"))
    way = own().unlink_reversibly("/new")
    own().write("/new", io.BytesIO())
    before = everything(inspector)
    with pytest.raises(Conflict, match="changed by something else"):
        own().take_back(way)
    assert everything(inspector) == before
    assert left_over(inspector) == []


def test_a_copy_that_was_written_to_since_is_not_deleted(inspector, own):
    way = own().rename_reversibly("/d", "/other")
    own().write("/other/deep/more", io.BytesIO(b"mine"))
    with pytest.raises(Conflict, match="changed by something else"):
        own().take_back(way)
    assert inspector.containers.files.stack("box").view().get("/other/deep/more") is not None


def test_what_is_dropped_is_gone(inspector, own):
    own().write("/new", io.BytesIO(b"mine"))
    way = own().unlink_reversibly("/new")
    assert left_over(inspector) == ["kept"]
    way.drop()
    way.drop()
    assert left_over(inspector) == []


def test_a_failed_change_keeps_nothing(inspector, own):
    with pytest.raises(NotFound):
        own().unlink_reversibly("/not/there")
    with pytest.raises(Conflict):
        own().unlink_reversibly("/d")
    with pytest.raises(Conflict):
        own().rename_reversibly("/d", "/d/deep/d")
    assert left_over(inspector) == []


def test_what_a_crash_leaves_is_cleared_by_gc_and_what_is_in_use_is_not(inspector, own, store_folder):
    own().write("/new", io.BytesIO(b"mine"))
    own().write("/other", io.BytesIO(b"mine"))
    way = own().unlink_reversibly("/new")
    layertui("gc", store=store_folder).ok()
    own().take_back(way)
    way = own().unlink_reversibly("/new")
    os.close(way.kept.fd)  # as when its process ends
    way.kept.fd = -1
    assert left_over(inspector) == ["kept"]
    layertui("fsck", store=store_folder).ok()
    layertui("gc", store=store_folder).ok()
    assert left_over(inspector) == []
    layertui("rm", "box", store=store_folder).ok()


PATHS = ("/f", "/g", "/d", "/d/top", "/d/deep", "/d/deep/old", "/e", "/e/x")


@examples(60)
@given(
    before=st.lists(st.tuples(st.sampled_from(("write", "mkdir", "unlink", "rename")), st.sampled_from(PATHS), st.sampled_from(PATHS)), max_size=5),
    change=st.tuples(st.sampled_from(("unlink", "rename")), st.sampled_from(PATHS), st.sampled_from(PATHS)),
)  # fmt: skip
@pytest.mark.slow
def test_whatever_came_before_a_change_is_taken_back_whole(tmp_path_factory, before, change):
    """The law: undo after a change is as if neither had been."""
    store = tmp_path_factory.mktemp("law") / "store"
    inspector = Inspector(Settings.load(store=store))
    inspector.images.load(docker_archive(image([BASE], tags=["one:1"], config={"Cmd": ["x"]}), store.parent / "a.tar"))
    from layertui.core.containers.model.container import CreateOptions

    inspector.containers.create("one:1", CreateOptions(name="box"))

    def own():
        return inspector.containers.files.writable_layer("box")

    for act, path, new in before:
        try:
            if act == "write":
                own().write(path, io.BytesIO(b"mine"), parents=True)
            elif act == "mkdir":
                own().mkdir(path)
            elif act == "unlink":
                own().unlink(path, recursive=True)
            else:
                own().rename(path, new)
        except (Conflict, NotFound):
            pass
    was = everything(inspector)
    act, path, new = change
    try:
        way = own().unlink_reversibly(path, recursive=True) if act == "unlink" else own().rename_reversibly(path, new)
    except (Conflict, NotFound):
        assert left_over(inspector) == []
        return
    if way is not None:
        own().take_back(way)
        assert everything(inspector) == was
    assert left_over(inspector) == []
