"""Tars that are put into a daemon's container."""

import io
import os
import tarfile

import pytest

from builders import file, folder, hardlink, layer, symlink
from layertui.core.containers.rootfs.container_root import FileStatus
from layertui.core.engines.daemon.files.put_members import Members
from layertui.core.errors import Damaged, UnsafePath
from layertui.core.layers.table.entry import Kind


def written(prefix, *items, status=lambda name: None):
    with Members(prefix) as members:
        members.add_tar(io.BytesIO(layer(list(items))), status)
        with tarfile.open(fileobj=io.BytesIO(members.finished().read())) as tar:
            return {member.name: member for member in tar}


def test_a_file_whose_size_is_not_known_before():
    read, write = os.pipe()
    os.write(write, b"from a pipe")
    os.close(write)
    with Members("/srv") as members, open(read, "rb", buffering=0) as pipe:
        members.add_file("new", pipe, 0o4755, (7, 8))
        with tarfile.open(fileobj=members.finished()) as tar:
            (member,) = tar.getmembers()
            assert (member.name, member.mode, member.uid, member.gid) == ("srv/new", 0o4755, 7, 8)
            assert tar.extractfile(member).read() == b"from a pipe"


def test_the_folder_itself_is_left_out_and_names_are_below_it():
    found = written("/srv", folder("./", mode=0o777), folder("d"), file("d/f", b"1"), symlink("l", "../../etc"))
    assert found.keys() == {"srv/d", "srv/d/f", "srv/l"}
    assert found["srv/l"].linkname == "../../etc"


def test_a_hard_link_keeps_what_its_file_has():
    found = written("", file("f", b"1", mode=0o4755, uid=7, gid=8), hardlink("g", "f", mode=0o600))
    assert (found["g"].mode, found["g"].uid, found["g"].gid, found["g"].linkname) == (0o4755, 7, 8, "f")
    there = FileStatus(Kind.FILE, 0o640, 3, 4, ns=5 * 10**9)
    found = written("/srv", hardlink("g", "page"), status=lambda name: there if name == "page" else None)
    assert (found["srv/g"].mode, found["srv/g"].uid, found["srv/g"].mtime) == (0o640, 3, 5)


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (file("../x"), UnsafePath),
        (file("a/.wh.x"), UnsafePath),
        (file(".wh..wh..opq"), UnsafePath),
        (hardlink("x", "../../etc/passwd"), UnsafePath),
        (file("x", uid=2**32), Damaged),
    ],
)
def test_what_no_container_takes(item, error):
    with pytest.raises(error):
        written("", item)
