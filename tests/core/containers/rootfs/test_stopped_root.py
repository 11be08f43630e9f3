"""The root of a container that does not run: what one tar puts into it, member after member, each seen by the next."""

import io
import tarfile

import pytest

from builders import file, folder, layer
from command_line import layertui
from writable_layers import box_in

BASE = layer([folder("d"), folder("d/deep"), file("d/deep/old", b"old"), folder("e")])


@pytest.fixture
def store(tmp_path, store_folder):
    box_in(store_folder, tmp_path, BASE)
    return store_folder


def tar(*members):
    """Each a path with bytes (a file), None (a folder), or a text (where a symlink leads to)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as out:
        for path, what in members:
            member = tarfile.TarInfo(path)
            member.type = {bytes: tarfile.REGTYPE, str: tarfile.SYMTYPE}.get(type(what), tarfile.DIRTYPE)
            member.mode = 0o755
            if isinstance(what, str):
                member.linkname = what
            member.size = len(what) if isinstance(what, bytes) else 0
            out.addfile(member, io.BytesIO(what) if isinstance(what, bytes) else None)
    return made.getvalue()


def put(store, *members):
    return layertui("cp", "-", "box:/", stdin=tar(*members), store=store)


def shown(store):
    rows = layertui("--json", "ls", "-R", "--digest", "container:box", "/", store=store).ok().json
    return {row["path"]: row.get("link_target") or row.get("size") for row in rows}


def test_a_link_that_is_another_one_a_member_later(store):
    put(store, ("l", "d/deep"), ("l/a", b"1"), ("l", "e"), ("l/b", b"22"), ("d/deep/c", b"333")).ok()
    found = shown(store)
    assert {"/d/deep/a", "/e/b", "/d/deep/c", "/d/deep/old"} <= found.keys()
    assert "/d/deep/b" not in found


def test_a_link_that_is_a_file_a_member_later(store):
    assert (
        "/l is a file, not a folder"
        in put(store, ("l", "d"), ("l/a", b"1"), ("l", b"file"), ("l/b", b"22")).failed(1).err
    )
    assert "/d/a" in shown(store)
    assert "/d/b" not in shown(store)


def test_a_folder_that_is_not_there_and_then_is(store):
    put(
        store, ("n/m/a", b"1"), ("n/m/b", b"22"), ("n/o/c", b"333"), ("n", None), ("n/m", None), ("n/m/a", b"4444")
    ).ok()
    found = shown(store)
    assert [found[path] for path in ("/n/m/a", "/n/m/b", "/n/o/c")] == [4, 2, 3]


def test_a_folder_of_the_image_that_is_copied_up_once(store):
    put(store, *((f"d/deep/{number}", b"x") for number in range(50))).ok()
    assert len([path for path in shown(store) if path.startswith("/d/deep/")]) == 51
    layertui("unlink", "-r", "box", "/d/deep", store=store).ok()
    put(store, ("d/deep", None), ("d/deep/new", b"x")).ok()
    assert [path for path in shown(store) if path.startswith("/d/deep/")] == ["/d/deep/new"]


@pytest.mark.slow
def test_many_files_in_a_folder_walk_its_way_once(store, monkeypatch):
    from layertui.core.containers.rootfs.stopped_root import StoppedRoot

    walked = []
    step = StoppedRoot._step
    monkeypatch.setattr(
        StoppedRoot, "_step", lambda self, root, path, above: walked.append(path) or step(self, root, path, above)
    )
    put(store, *((f"d/deep/{number}", b"x") for number in range(100))).ok()
    assert walked.count("/d") < 300
    assert len(walked) < 1000
