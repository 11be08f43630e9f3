"""What an WritableLayerRow makes of what is there: another mode, owner or path; and what it takes from a tar."""

import io
import os

import pytest

from builders import file, folder, hardlink, layer, symlink
from containing import engine_at, options
from layertui.core.containers.rootfs import stopped_root
from layertui.core.errors import Conflict, LayertuiError, NotFound, UnsafePath
from layertui.core.progress import quiet
from writable_layers import facts, put

ROOT = os.geteuid() == 0


# ---------------------------------------------------------------- mode, owner, another name


def test_another_mode_and_owner(own, view, read, lines):
    own.change("/srv/page", mode=0o4711)
    assert facts(view, "/srv/page") == ("file", 0o4711, 33, 34)
    own.change("/srv/page", owner=(7, 8))
    assert facts(view, "/srv/page") == ("file", 0o4711, 7, 8)
    own.change("/srv/page", mode=0o600, owner=(0, 0))
    assert facts(view, "/srv/page") == ("file", 0o600, 0, 0)
    assert read("/srv/page") == b"new page"
    own.change("/srv", mode=0o700, owner=(1, 2))
    assert facts(view, "/srv") == ("dir", 0o700, 1, 2)
    assert lines() == ["C /srv", "C /srv/page"]


def test_a_symlink_has_an_owner_and_no_mode(own, view):
    own.change("/link", owner=(5, 6))
    assert facts(view, "/link")[2:] == (5, 6)
    with pytest.raises(Conflict, match="symlink"):
        own.change("/link", mode=0o600)
    with pytest.raises(NotFound):
        own.change("/not/there", mode=0o600)
    with pytest.raises(Conflict):
        own.change("/", mode=0o700)


def test_a_file_of_the_image_gets_another_path(own, view, read, lines):
    own.rename("/srv/page", "/etc/moved")
    assert read("/etc/moved") == b"new page"
    assert facts(view, "/etc/moved") == ("file", 0o644, 33, 34)
    assert lines() == ["C /etc", "A /etc/moved", "C /srv", "D /srv/page"]


def test_a_folder_of_the_image_gets_another_path(own, view, read, lines):
    put(own, "/srv/mine", b"mine", owner=(3, 4))
    own.rename("/srv", "/moved")
    assert read("/moved/page") == b"new page"
    assert facts(view, "/moved") == ("dir", 0o2775, 33, 34)
    assert facts(view, "/moved/page") == ("file", 0o644, 33, 34)
    assert facts(view, "/moved/mine") == ("file", 0o644, 3, 4)
    assert lines() == ["A /moved", "A /moved/mine", "A /moved/page", "D /srv"]
    own.rename("/moved", "/srv")
    assert read("/srv/page") == b"new page"
    assert facts(view, "/srv/mine") == ("file", 0o644, 3, 4)
    assert view().get("/moved") is None


@pytest.mark.parametrize("lacking", ["exchange", "_make_whiteout"])
def test_another_path_where_the_file_system_can_do_less(tmp_path, monkeypatch, lacking):
    """The same to who looks: a whiteout in the form of a layer tar hides what the image has."""
    monkeypatch.setattr(stopped_root, lacking, lambda *_: False)
    engine = engine_at(tmp_path / "store")
    made = engine.containers.create(engine.images.open("box:1", None, quiet()), "box:1", options("true"))
    own = engine.containers.files.writable_layer(made.id)
    own.rename("/srv", "/moved")
    put(own, "/mine/x", parents=True)
    own.rename("/mine", "/srv")
    lines = [f"{line.kind} {line.path}" for line in engine.containers.files.diff(made.id)]
    assert lines == ["A /moved", "A /moved/page", "C /srv", "D /srv/page", "A /srv/x"]


def test_the_names_of_one_file_stay_that(own, view, size):
    before = size()
    own.put_tar(io.BytesIO(layer([file("f", b"12345", mode=0o4755, uid=7, gid=8), hardlink("g", "f")])), "/srv")
    assert facts(view, "/srv/g") == ("file", 0o4755, 7, 8)
    own.rename("/srv", "/moved")
    assert view().get("/moved/g").hardlink_to == "/moved/f"
    assert facts(view, "/moved/f") == facts(view, "/moved/g") == ("file", 0o4755, 7, 8)
    assert size() - before == len("new page") + 5


def test_what_the_layer_alone_has_gets_another_path(own, view, lines):
    put(own, "/a/b", parents=True, owner=(3, 4))
    own.rename("/a", "/c")
    assert facts(view, "/c/b") == ("file", 0o644, 3, 4)
    assert lines() == ["A /c", "A /c/b"]
    own.rename("/c/b", "/link/b")
    assert facts(view, "/data/b") == ("file", 0o644, 3, 4)


def test_paths_that_cannot_be_had(own):
    for new in ("/etc/passwd", "/etc", "/", "/srv/in", "/etc/passwd/x", "/not/there"):
        with pytest.raises(LayertuiError):
            own.rename("/srv", new)
    with pytest.raises(NotFound):
        own.rename("/not/there", "/x")
    with pytest.raises(UnsafePath):
        own.rename("/srv", "/.wh.srv")


# ---------------------------------------------------------------- tar


def test_a_tar_is_put_into_a_folder(own, view, read, lines):
    content = layer(
        [
            folder("d", mode=0o700, uid=5, gid=6),
            file("d/f", b"f", mode=0o4711, uid=5, gid=6),
            hardlink("d/g", "d/f"),
            symlink("d/l", "f"),
            file("page", b"put", mode=0o600),
            file("deep/er/x", b"x"),
        ]
    )
    own.put_tar(io.BytesIO(content), "/srv")
    assert facts(view, "/srv/d") == ("dir", 0o700, 5, 6)
    assert facts(view, "/srv/d/f") == ("file", 0o4711, 5, 6)
    assert read("/srv/d/g") == b"f"
    assert view().get("/srv/d/l").link == "f"
    assert read("/srv/page") == b"put"
    assert read("/srv/deep/er/x") == b"x"
    assert facts(view, "/srv") == ("dir", 0o2775, 33, 34)
    assert lines()[:2] == ["C /srv", "A /srv/d"]


def test_a_tar_keeps_times(own, view):
    own.put_tar(io.BytesIO(layer([folder("d", mtime=1000), file("d/f", b"f", mtime=2000.5)])), "/")
    assert (view().get("/d").mtime, view().get("/d/f").mtime, view().get("/d/f").mtime_ns) == (1000, 2000, 500_000_000)


def test_a_tar_stays_inside(own, read, view):
    own.put_tar(io.BytesIO(layer([symlink("s", "/"), file("s/in", b"inside")])), "/data")
    assert read("/in") == b"inside"
    assert not os.path.lexists("/in")
    with pytest.raises(UnsafePath):
        own.put_tar(io.BytesIO(layer([file("../../out", b"")])), "/data")


def test_a_tar_for_what_is_no_folder(own):
    for path in ("/etc/passwd", "/not/there"):
        with pytest.raises(NotFound):
            own.put_tar(io.BytesIO(layer([file("x", b"")])), path)


def test_a_tar_with_a_file_where_a_folder_is(own):
    with pytest.raises(Conflict):
        own.put_tar(io.BytesIO(layer([file("srv", b"")])), "/")


def test_a_tar_with_a_folder_where_a_file_is(own, read):
    with pytest.raises(Conflict):  # as docker has it
        own.put_tar(io.BytesIO(layer([folder("plain"), file("plain/x", b"x")])), "/etc")
    assert read("/etc/plain") == b"no program"
