"""What an WritableLayerRow must do, in every state of its container: the same words, the same result."""

import io
import os
import tarfile

import pytest

from layertui.core.errors import Conflict, LayertuiError, NotFound, UnsafePath
from writable_layers import facts, put

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


# ---------------------------------------------------------------- the layer as a table


def test_the_table_has_owners_of_the_container(own):
    put(own, "/etc/passwd", b"root:x:0:0::/root:/bin/sh\n")
    put(own, "/srv/page", b"p")
    table = own.table()
    owners = {table.path(row): (int(table.uid[row]), int(table.gid[row])) for row in range(len(table))}
    assert owners["/etc/passwd"] == (0, 0)
    assert owners["/srv"] == (33, 34)
    assert owners["/srv/page"] == (33, 34)


def test_its_size_is_that_of_its_files(own, size):
    assert size() == 0
    put(own, "/a", b"12345")
    put(own, "/etc/plain", b"123")
    assert size() == 8


def test_what_was_written_is_exported_with_its_owner(in_state, own):
    put(own, "/srv/page", b"p", mode=0o640)
    put(own, "/mine", b"m", owner=(1000, 1001))
    out = io.BytesIO()
    in_state[0].files.export(in_state[1], out)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        page, mine = tar.getmember("srv/page"), tar.getmember("mine")
    assert (page.uid, page.gid, page.mode & 0o7777) == (33, 34, 0o640)
    assert (mine.uid, mine.gid) == (1000, 1001)
