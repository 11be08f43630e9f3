"""What an OwnLayer must do, in every state of its container: the same words, the same result."""

import io
import os
import tarfile

import pytest

from builders import file, folder, hardlink, layer, symlink
from containing import engine_at, options, require_runtime, runtimes
from layertui.core.containers import stopped
from layertui.core.errors import Conflict, LayertuiError, NotFound, UnsafePath
from layertui.core.streams.progress import quiet

ROOT = os.geteuid() == 0
STATES = ["created", *(f"running in {name}" for name in runtimes()), "exited"]


@pytest.fixture(params=STATES)
def container(request, tmp_path):
    """A container in some state, and its engine."""
    state, _, runtime = request.param.partition(" in ")
    runtime = runtime or "bwrap"
    if state != "created":
        require_runtime(runtime, tmp_path / "probe")
    engine = engine_at(tmp_path / "store", runtime)
    image = engine.images.open("box:1", None, quiet())
    command = ("sleep", "600") if state == "running" else ("true",)
    made = engine.containers.create(image, "box:1", options(*command))
    if state != "created":
        engine.containers.start(made.id)
    if state == "exited":
        engine.containers.wait(made.id)
    yield engine.containers, made.id
    engine.containers.remove(made.id, force=True)


@pytest.fixture
def own(container):
    return container[0].own_layer(container[1])


@pytest.fixture
def view(container):
    return lambda: container[0].stack(container[1]).view()


@pytest.fixture
def read(container):
    def bytes_of(path):
        stack = container[0].stack(container[1])
        with stack.open(stack.view().resolve(path)) as content:
            return content.read()

    return bytes_of


@pytest.fixture
def lines(container):
    return lambda: [f"{line.kind} {line.path}" for line in container[0].diff(container[1])]


def put(own, path, content=b"new", **how):
    own.write(path, io.BytesIO(content), **how)


def facts(view, path):
    entry = view().get(path)
    return None if entry is None else (entry.kind.word, entry.mode, entry.uid, entry.gid)


# ---------------------------------------------------------------- write


def test_a_new_file(own, view, read, lines):
    put(own, "/etc/new")
    assert read("/etc/new") == b"new"
    assert facts(view, "/etc/new") == ("file", 0o644, 0, 0)
    assert lines() == ["C /etc", "A /etc/new"]


def test_a_new_file_with_mode_and_owner(own, view):
    put(own, "/x", mode=0o4750, owner=(7, 8))
    assert facts(view, "/x") == ("file", 0o4750, 7, 8)


def test_what_exists_keeps_mode_and_owner(own, view, read, lines):
    put(own, "/srv/page", b"mine")
    assert read("/srv/page") == b"mine"
    assert facts(view, "/srv/page") == ("file", 0o644, 33, 34)
    assert facts(view, "/srv") == ("dir", 0o2775, 33, 34)
    assert lines() == ["C /srv", "C /srv/page"]
    put(own, "/srv/page", b"again", mode=0o600)
    assert read("/srv/page") == b"again"
    assert facts(view, "/srv/page") == ("file", 0o600, 33, 34)


def test_a_big_file(own, read):
    content = os.urandom(3_000_000)
    put(own, "/big", content)
    assert read("/big") == content


def test_parents_that_are_missing(own, view, read):
    with pytest.raises(NotFound, match="-p"):
        put(own, "/a/b/c")
    put(own, "/a/b/c", parents=True)
    assert read("/a/b/c") == b"new"
    assert facts(view, "/a/b") == ("dir", 0o755, 0, 0)


def test_symlinks_lead_inside_the_container(own, read, view, lines):
    put(own, "/link/in")
    assert read("/data/in") == b"new"
    assert facts(view, "/link")[0] == "symlink"
    put(own, "/outside", b"kept inside")
    assert read("/etc/motd") == b"kept inside"
    assert lines() == ["C /data", "A /data/in", "C /etc", "A /etc/motd"]


def test_dots_stay_inside(own, read):
    put(own, "/../../data/./../etc/up")
    assert read("/etc/up") == b"new"


def test_a_folder_is_no_file(own):
    for path in ("/etc", "/", "/etc/", "/new/"):
        with pytest.raises(LayertuiError):
            put(own, path)


def test_a_file_is_no_folder(own):
    with pytest.raises(LayertuiError):
        put(own, "/etc/passwd/x")
    with pytest.raises(LayertuiError):
        put(own, "/etc/passwd/x", parents=True)


@pytest.mark.parametrize("path", ["/.wh.x", "/data/.wh..wh..opq", "/.wh.d/x"])
def test_markers_cannot_be_written(own, path):
    with pytest.raises(UnsafePath):
        put(own, path, parents=True)


def test_a_name_with_a_nul(own):
    with pytest.raises(UnsafePath):
        put(own, "/a\0b")


def test_names_that_are_no_utf8(own, view):
    put(own, "/etc/\udcff\n")
    assert view().get("/etc/\udcff\n") is not None


def test_what_a_layer_removed_can_be_written_anew(own, read, lines):
    put(own, "/etc/motd", b"back")
    assert read("/etc/motd") == b"back"
    assert lines() == ["C /etc", "A /etc/motd"]


def test_a_source_that_breaks_leaves_the_old_file(own, read, lines):
    class Broken(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise OSError(5, "Input/output error")

    with pytest.raises(LayertuiError):
        own.write("/etc/plain", Broken())
    assert read("/etc/plain") == b"no program"
    assert [line for line in lines() if "plain" in line or "layertui" in line] == []


# ---------------------------------------------------------------- mkdir


def test_a_new_folder(own, view, lines):
    own.mkdir("/srv/made")
    assert facts(view, "/srv/made") == ("dir", 0o755, 0, 0)
    assert lines() == ["C /srv", "A /srv/made"]


def test_a_folder_that_is_there(own):
    with pytest.raises(Conflict):
        own.mkdir("/etc")
    own.mkdir("/etc", parents=True)
    with pytest.raises(LayertuiError):
        own.mkdir("/etc/passwd", parents=True)


def test_folders_on_the_way(own, view):
    with pytest.raises(NotFound):
        own.mkdir("/p/q/r")
    own.mkdir("/p/q/r", parents=True)
    assert facts(view, "/p/q/r") == ("dir", 0o755, 0, 0)


def test_a_folder_made_anew_hides_what_was_there(own, view, lines):
    own.unlink("/srv", recursive=True)
    own.mkdir("/srv")
    assert facts(view, "/srv") == ("dir", 0o755, 0, 0)
    assert view().get("/srv/page") is None
    assert lines() == ["C /srv", "D /srv/page"]


# ---------------------------------------------------------------- unlink


def test_a_file_of_the_image_is_removed(own, view, lines):
    own.unlink("/etc/plain")
    assert view().get("/etc/plain") is None
    assert lines() == ["C /etc", "D /etc/plain"]
    with pytest.raises(NotFound):
        own.unlink("/etc/plain")


def test_a_file_of_the_layer_leaves_nothing(own, lines):
    put(own, "/only/here", parents=True)
    own.unlink("/only", recursive=True)
    assert lines() == []


def test_a_folder_is_removed_with_all_it_holds(own, view, lines):
    put(own, "/srv/new")
    with pytest.raises(Conflict, match="-r"):
        own.unlink("/srv")
    own.unlink("/srv", recursive=True)
    assert view().get("/srv") is None
    assert lines() == ["D /srv"]


def test_a_symlink_is_removed_and_not_what_it_points_to(own, view):
    own.unlink("/link")
    assert view().get("/link") is None
    assert view().get("/data/n") is not None


def test_through_a_symlink(own, lines):
    own.unlink("/link/n")
    assert lines() == ["C /data", "D /data/n"]


@pytest.mark.parametrize("path", ["/", "//", "/.", "/etc/..", "/.."])
def test_the_root_stays(own, path, view):
    with pytest.raises(Conflict):
        own.unlink(path, recursive=True)
    assert view().get("/etc") is not None


def test_a_file_becomes_a_folder_and_back(own, view, lines, read):
    own.unlink("/etc/plain")
    put(own, "/etc/plain/in", parents=True)
    assert lines() == ["C /etc", "C /etc/plain", "A /etc/plain/in"]
    own.unlink("/etc/plain", recursive=True)
    put(own, "/etc/plain", b"file")
    assert read("/etc/plain") == b"file"
    assert lines() == ["C /etc", "C /etc/plain"]


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


@pytest.mark.parametrize("lacking", ["exchanged", "_make_whiteout"])
def test_another_path_where_the_file_system_can_do_less(tmp_path, monkeypatch, lacking):
    """The same to who looks: a whiteout in the form of a layer tar hides what the image has."""
    monkeypatch.setattr(stopped, lacking, lambda *_: False)
    engine = engine_at(tmp_path / "store")
    made = engine.containers.create(engine.images.open("box:1", None, quiet()), "box:1", options("true"))
    own = engine.containers.own_layer(made.id)
    own.rename("/srv", "/moved")
    put(own, "/mine/x", parents=True)
    own.rename("/mine", "/srv")
    lines = [f"{line.kind} {line.path}" for line in engine.containers.diff(made.id)]
    assert lines == ["A /moved", "A /moved/page", "C /srv", "D /srv/page", "A /srv/x"]


def test_the_names_of_one_file_stay_that(own, view):
    own.put_tar(io.BytesIO(layer([file("f", b"12345", mode=0o4755, uid=7, gid=8), hardlink("g", "f")])), "/srv")
    assert facts(view, "/srv/g") == ("file", 0o4755, 7, 8)
    own.rename("/srv", "/moved")
    assert view().get("/moved/g").hardlink_to == "/moved/f"
    assert facts(view, "/moved/f") == facts(view, "/moved/g") == ("file", 0o4755, 7, 8)
    assert own.size() == len("new page") + 5


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


# ---------------------------------------------------------------- the layer as a table


def test_the_table_has_owners_of_the_container(own):
    put(own, "/etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    put(own, "/srv/page", b"p")
    table = own.table()
    owners = {table.path(row): (int(table.uid[row]), int(table.gid[row])) for row in range(len(table))}
    assert owners["/etc/passwd"] == (0, 0)
    assert owners["/srv"] == (33, 34)
    assert owners["/srv/page"] == (33, 34)


def test_its_size_is_that_of_its_files(own):
    assert own.size() == 0
    put(own, "/a", b"12345")
    put(own, "/etc/plain", b"123")
    assert own.size() == 8


def test_what_was_written_is_exported_with_its_owner(container, own):
    put(own, "/srv/page", b"p", mode=0o640)
    put(own, "/mine", b"m", owner=(1000, 1001))
    out = io.BytesIO()
    container[0].export(container[1], out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        page, mine = tar.getmember("srv/page"), tar.getmember("mine")
    assert (page.uid, page.gid, page.mode & 0o7777) == (33, 34, 0o640)
    assert (mine.uid, mine.gid) == (1000, 1001)
