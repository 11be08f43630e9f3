"""A container's writable layer, read from its folder."""

import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from layertui.core.errors import Cancelled, Damaged, StorageError, UnsafePath
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.layers.table.layer_folder import FolderContent, OverlayNotes, read_folder
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.layers.table.whiteouts import portable_xattrs
from layertui.core.progress import Progress

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def upper(tmp_path: Path) -> Path:
    upper = tmp_path / "upper"
    upper.mkdir()
    return upper


def entries(upper: Path, **how: object) -> dict[str, Entry]:
    table = read_folder(upper, **how)
    return {entry.path: entry for entry in map(table.entry, range(len(table)))}


def whiteout(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR, os.makedev(0, 0))
    except PermissionError:
        pytest.skip("no whiteouts on this system")


def give(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value, follow_symlinks=False)
    except OSError:
        pytest.skip(f"no {name} on this file system")


def test_kinds(upper: Path) -> None:
    (upper / "d").mkdir(mode=0o750)
    (upper / "d/f").write_bytes(b"content")
    (upper / "d/f").chmod(0o4711)
    os.utime(upper / "d/f", ns=(5, 1_700_000_000_123_456_789))
    (upper / "d/l").symlink_to("/nowhere")
    os.mkfifo(upper / "d/p")
    found = entries(upper)
    assert list(found) == ["/d", "/d/f", "/d/l", "/d/p"]
    assert (found["/d"].kind, found["/d"].mode) == (Kind.DIR, 0o750)
    entry = found["/d/f"]
    assert (entry.mode, entry.size, entry.mtime, entry.mtime_ns) == (0o4711, 7, 1_700_000_000, 123_456_789)
    assert (found["/d/l"].kind, found["/d/l"].link, found["/d/l"].size) == (Kind.SYMLINK, "/nowhere", 0)
    assert found["/d/p"].kind is Kind.FIFO


def test_tree_order_and_names_that_are_no_text(upper: Path) -> None:
    for name in (b"a/x", b"a-b", b"a.b", b"a0", b"\xff\n"):
        path = os.path.join(os.fsencode(upper), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT))
    assert list(entries(upper)) == ["/a", "/a/x", "/a-b", "/a.b", "/a0", "/\udcff\n"]


def test_hard_links_by_inode(upper: Path) -> None:
    (upper / "z").write_bytes(b"once")
    (upper / "d").mkdir()
    os.link(upper / "z", upper / "d/y")
    os.link(upper / "z", upper / "zz")
    table = read_folder(upper)
    found = entries(upper)
    assert found["/d/y"].hardlink_to is None
    assert found["/z"].hardlink_to == found["/zz"].hardlink_to == "/d/y"
    assert table.size == 4


def test_whiteouts_share_an_inode_and_are_no_hard_links(upper: Path) -> None:
    whiteout(upper / "a")
    (upper / "d").mkdir()
    os.link(upper / "a", upper / "b", follow_symlinks=False)
    os.link(upper / "a", upper / "d/c", follow_symlinks=False)
    found = entries(upper)
    assert [entry.kind for entry in found.values()] == [Kind.WHITEOUT, Kind.WHITEOUT, Kind.DIR, Kind.WHITEOUT]
    assert read_folder(upper).members == 1


@pytest.mark.parametrize(
    "space", ["user", pytest.param("trusted", marks=pytest.mark.skipif(not AS_ROOT, reason="root's"))]
)
def test_opaque_folders_and_overlays_own_xattrs(upper: Path, space: str) -> None:
    (upper / "d").mkdir()
    (upper / "e").mkdir()
    give(upper / "d", f"{space}.overlay.opaque", b"y")
    give(upper / "e", f"{space}.overlay.impure", b"y")
    give(upper / "e", f"{space}.overlay.origin", b"\0\1")
    give(upper / "e", f"{space}.mine", b"kept")
    found = entries(upper)
    assert found["/d"].opaque
    assert not found["/e"].opaque
    assert dict(found["/d"].xattrs) == {}
    assert dict(found["/e"].xattrs) == {f"{space}.mine": b"kept"}


def test_whiteouts_by_xattr_count_where_the_folder_says_so(upper: Path) -> None:
    for name in ("with", "without"):
        (upper / name).mkdir()
        (upper / name / "f").write_bytes(b"")
        give(upper / name / "f", "user.overlay.whiteout", b"y")
    give(upper / "with", "user.overlay.opaque", b"x")
    found = entries(upper)
    assert found["/with/f"].kind is Kind.WHITEOUT
    assert found["/without/f"].kind is Kind.FILE
    assert not found["/with"].opaque


def test_markers_as_files(upper: Path) -> None:
    (upper / "d").mkdir()
    for name in ("d/.wh.gone", "d/.wh..wh..opq", ".wh.top", ".wh..wh.aufs", ".wh.", ".wh..."):
        (upper / name).write_bytes(b"")
    found = entries(upper)
    assert {path: entry.kind for path, entry in found.items()} == {
        "/d": Kind.DIR,
        "/d/gone": Kind.WHITEOUT,
        "/top": Kind.WHITEOUT,
    }
    assert found["/d"].opaque


def test_an_opaque_root(upper: Path) -> None:
    give(upper, "user.overlay.opaque", b"y")
    assert read_folder(upper).root_opaque


def test_sockets_are_left_out(upper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(upper)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        assert entries(upper) == {}


def test_symlinks_are_not_followed(upper: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("")
    (upper / "l").symlink_to(tmp_path / "outside")
    assert list(entries(upper)) == ["/l"]


class TestOwners:
    def test_mapped_from_a_user_namespace(self, upper: Path) -> None:
        (upper / "f").write_bytes(b"")
        known = OverlayNotes(mapped=lambda uid, gid: (uid + 5, gid + 6))
        entry = entries(upper, known=known)["/f"]
        assert (entry.uid, entry.gid) == (os.geteuid() + 5, os.getegid() + 6)

    def test_kept_beside_the_folder(self, upper: Path) -> None:
        (upper / "f").write_bytes(b"")
        (upper / "g").write_bytes(b"")
        found = entries(upper, known=OverlayNotes(owners={"/f": (1000, 50)}, mapped=lambda *_: (0, 0)))
        assert (found["/f"].uid, found["/f"].gid) == (1000, 50)
        assert (found["/g"].uid, found["/g"].gid) == (0, 0)

    def test_of_what_was_only_copied_up(self, upper: Path) -> None:
        for name in ("up", "new"):
            (upper / name).write_bytes(b"")
        give(upper / "up", "user.overlay.origin", b"")
        known = OverlayNotes(mapped=lambda *_: (0, 0), below={"/up": (33, 33), "/new": (44, 44)}.get)
        found = entries(upper, known=known)
        assert (found["/up"].uid, found["/up"].gid) == (33, 33)
        assert (found["/new"].uid, found["/new"].gid) == (0, 0)


def test_what_is_ours_is_read_whatever_its_mode(upper: Path) -> None:
    (upper / "shut/in").mkdir(parents=True)
    (upper / "shut/in/file").write_bytes(b"content")
    give(upper / "shut/in", "user.overlay.opaque", b"y")
    shut = [upper / "shut/in/file", upper / "shut/in", upper / "shut"]
    for path in shut:
        path.chmod(0)
    found = entries(upper)
    assert {path: entry.mode for path, entry in found.items()} == {"/shut": 0, "/shut/in": 0, "/shut/in/file": 0}
    assert found["/shut/in"].opaque
    with FolderContent(upper).open(found["/shut/in/file"]) as content:
        assert content.read() == b"content"
    for path in reversed(shut):
        assert stat.S_IMODE(path.stat().st_mode) == 0
        path.chmod(0o700)


@pytest.mark.skipif(AS_ROOT, reason="root may read everything")
def test_what_cannot_be_read_is_reported(upper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (upper / "shut").mkdir(mode=0)
    monkeypatch.setattr(os, "geteuid", lambda: 0x7FFF_FFFF)  # as if it were another's
    with pytest.raises(StorageError, match="shut"):
        read_folder(upper)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        read_folder(tmp_path / "nowhere")


def test_it_can_be_stopped(upper: Path) -> None:
    (upper / "f").write_bytes(b"")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        read_folder(upper, progress=progress)


@pytest.mark.slow
def test_deeper_than_descriptors_last(upper: Path) -> None:
    at = os.open(upper, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("dddd", dir_fd=at)
        below = os.open("dddd", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    try:
        assert len(read_folder(upper)) == 1200
    finally:
        subprocess.run(["rm", "-rf", str(upper / "dddd")], check=True)


class TestContent:
    def test_seekable(self, upper: Path) -> None:
        (upper / "d").mkdir()
        (upper / "d/f").write_bytes(b"content")
        with FolderContent(upper).open(entries(upper)["/d/f"]) as file:
            file.seek(3)
            assert file.read() == b"tent"

    def test_by_a_stack(self, upper: Path) -> None:
        (upper / "f").write_bytes(b"new")
        (upper / "g").hardlink_to(upper / "f")
        builder = TableBuilder()
        builder.add(b"f", Kind.FILE)
        stack = Stack.from_layers([StackLayer(builder.build())]).with_layer(
            StackLayer(read_folder(upper), FolderContent(upper))
        )
        for path in ("/f", "/g"):
            with stack.open(stack.view().resolve(path)) as file:
                assert file.read() == b"new"

    @pytest.mark.parametrize("swap", ["file", "folder", "pipe", "gone"])
    def test_what_was_swapped_meanwhile(self, upper: Path, tmp_path: Path, swap: str) -> None:
        (tmp_path / "secret").write_text("outside")
        (upper / "d").mkdir()
        (upper / "d/secret").write_text("inside")
        entry = entries(upper)["/d/secret"]
        (upper / "d/secret").unlink()
        match swap:
            case "file":
                (upper / "d/secret").symlink_to(tmp_path / "secret")
            case "folder":
                (upper / "d").rmdir()
                (upper / "d").symlink_to(tmp_path)
            case "pipe":
                os.mkfifo(upper / "d/secret")
        with pytest.raises((UnsafePath, Damaged, StorageError)):
            FolderContent(upper).open(entry)


def test_capabilities_lose_the_namespace_they_were_given_in() -> None:
    third = bytes.fromhex("01000003" + "00200000" + "00" * 12 + "e9030000")
    assert portable_xattrs({"security.capability": third, "security.selinux": b"x"}) == {
        "security.capability": bytes.fromhex("01000002" + "00200000" + "00" * 12)
    }
