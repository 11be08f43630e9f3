"""Records beside a container's layer apply as long as they match the files, and no longer."""

import json
import os

import pytest

from layertui.core.containers.model.id_ranges import Ids
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.fs.overlay.override_xattrs import CAPABILITY, CAPABILITY_NOTE, OWNER, capability_note
from layertui.core.fs.path_handle import PathHandle
from layertui.core.layers.table.entry import Kind

DISK = (Kind.BLOCK, 8, 1)
THEN = 10**18


@pytest.fixture
def upper(tmp_path):
    (tmp_path / "upper").mkdir()
    return tmp_path / "upper"


def beside(upper, mode="single"):
    return Sidecar(upper.parent / "owners", upper, Ids(mode))


@pytest.fixture
def disk(upper):
    """An empty file in the place of a block device."""
    file = upper / "disk"
    file.touch(0o600)
    os.utime(file, ns=(THEN, THEN))
    sidecar = beside(upper)
    fd = os.open(upper, os.O_RDONLY)
    try:
        with PathHandle(fd, b"disk") as held:
            sidecar.chown(held, "/disk", (3, 6))
            sidecar.record_placeholder(held, "/disk", DISK)
    finally:
        os.close(fd)
    sidecar.save()
    return file


def kept(upper, mode="single"):
    found = beside(upper, mode).as_read({}.get)
    return found.owners, found.devices


@pytest.mark.parametrize("mode", ["single", "multi", "root"])
def test_an_empty_file_is_the_device_it_stands_for(upper, disk, mode):
    assert beside(upper, mode).device("/disk", disk.lstat()) == DISK
    assert kept(upper, mode)[1] == {"/disk": DISK}


def test_it_has_its_owner_too(upper, disk):
    assert kept(upper) == ({"/disk": (3, 6)}, {"/disk": DISK})


def test_its_mode_is_its_own(upper, disk):
    disk.chmod(0o644)
    assert kept(upper)[1] == {"/disk": DISK}


def _written(disk):
    disk.write_text("x")
    os.utime(disk, ns=(THEN, THEN))


def _replaced(disk):
    other = disk.with_name("other")
    other.touch()
    os.utime(other, ns=(THEN, THEN))
    other.rename(disk)


def _made_anew(disk):
    disk.unlink()
    disk.touch()  # on many file systems with the inode that has just become free


def _a_folder(disk):
    disk.unlink()
    disk.mkdir()


@pytest.mark.parametrize("change", [_written, _replaced, _made_anew, _a_folder, os.unlink])
def test_what_the_container_made_of_it_is_no_device(upper, disk, change):
    change(disk)
    assert kept(upper)[1] == {}


def test_while_another_is_about_to_take_its_place(upper, disk):
    (upper / "aside").touch()
    sidecar = beside(upper)
    sidecar.note("/disk", b"aside", owner=(0, 0))
    sidecar.save()
    assert kept(upper) == ({"/disk": (3, 6)}, {"/disk": DISK})
    (upper / "aside").rename(disk)
    assert kept(upper) == ({"/disk": (0, 0)}, {})


def test_it_goes_along_and_goes(upper, disk):
    sidecar = beside(upper)
    sidecar.copy("/disk", "/new")
    sidecar.save()
    assert kept(upper)[1] == {"/disk": DISK}
    disk.rename(upper / "new")
    assert kept(upper)[1] == {"/new": DISK}
    sidecar.forget("/new")
    sidecar.save()
    assert kept(upper)[1] == {}


def test_as_it_was_written_at_first(upper):
    file = upper / "f"
    file.touch()
    inode = file.lstat().st_ino
    (upper.parent / "owners").write_text(json.dumps({"/f": [1, 2, inode + 1, 3, 4, inode]}))
    assert kept(upper) == ({"/f": (3, 4)}, {})


def test_a_capability_is_believed_of_one_users_files_until_they_are_written_to(upper):
    file = upper / "able"
    file.touch()
    what = file.lstat()
    noted = {CAPABILITY_NOTE: capability_note(b"able", what), "user.own": b"o"}
    assert beside(upper).xattrs(what, noted) == {CAPABILITY: b"able", "user.own": b"o"}
    for mode in ("multi", "root"):
        assert beside(upper, mode).xattrs(what, noted) == {"user.own": b"o"}
    os.utime(file, ns=(what.st_mtime_ns, what.st_mtime_ns + 1))
    assert beside(upper).xattrs(file.lstat(), noted) == {"user.own": b"o"}


@pytest.mark.parametrize(
    "note", [b"%d:0" % (1 << 63), b"0:%d" % (1 << 64), b"9" * 5000 + b":0", b"0:-1", b"1:", "\u0661:0".encode()]
)
@pytest.mark.parametrize("mode", ["single", "multi", "root"])
def test_an_owner_that_nobody_can_be_is_not_believed(upper, note, mode):
    what = os.stat_result((0o100644, 1, 1, 1, 0, 0, 0, 0, 0, 0))
    assert beside(upper, mode).of("/f", what, {OWNER: note}, None) == (0, 0)
    assert beside(upper, mode).of("/f", what, {OWNER: b"7:8"}, None) == (7, 8)
