"""A layer that is kept unpacked, whose folder or tar-split file is not as it should be."""

import io
import os

import pytest

from builders import file, folder, layer
from builders.split import split
from layertui.core.bounds import Bounds, bounds, set_bounds
from layertui.core.engines.daemon.local_images.tar_split import read_tar_split
from layertui.core.engines.daemon.local_images.unpacked_tar import UnpackedTar
from layertui.core.errors import Damaged, LimitExceeded, StorageError, UnsafePath

TAR = layer([folder("etc"), file("etc/motd", b"hello"), file("top", b"x" * 2000)])


def taken_apart(tmp_path, tar=TAR):
    return read_tar_split(io.BytesIO(split(tar, tmp_path / "diff")))


def opened(tmp_path, found):
    return UnpackedTar(lambda: found, tmp_path / "diff", "there")


def test_it_is_the_tar(tmp_path):
    with opened(tmp_path, taken_apart(tmp_path)) as again:
        assert again.read() == TAR
        assert again.seek(0, os.SEEK_END) == len(TAR)
        assert again.read(10) == b""
    with pytest.raises(ValueError, match="closed"):
        again.read(1)


def test_a_file_that_has_changed_or_gone(tmp_path):
    found = taken_apart(tmp_path)
    (tmp_path / "diff/top").write_bytes(b"x" * 1999)
    with opened(tmp_path, found) as again, pytest.raises(Damaged, match="top has another size"):
        again.read()
    (tmp_path / "diff/top").unlink()
    with opened(tmp_path, found) as again, pytest.raises(Damaged, match="top is gone"):
        again.read()


@pytest.mark.parametrize("in_the_way", ["etc", "etc/motd"])
def test_no_symlink_is_followed(tmp_path, in_the_way):
    found = taken_apart(tmp_path)
    (tmp_path / "diff" / in_the_way).rename(tmp_path / "elsewhere")
    (tmp_path / "diff" / in_the_way).symlink_to(tmp_path / "elsewhere")
    with opened(tmp_path, found) as again, pytest.raises(Damaged, match="etc/motd is"):
        again.read()


def test_a_pipe_is_not_waited_for(tmp_path):
    found = taken_apart(tmp_path)
    (tmp_path / "diff/top").unlink()
    os.mkfifo(tmp_path / "diff/top")
    with opened(tmp_path, found) as again, pytest.raises(Damaged, match="top is not a file"):
        again.read()


@pytest.mark.parametrize("name", ["../secret", "etc/../../secret", "/../secret"])
def test_a_name_that_leads_out_of_the_folder(tmp_path, name):
    (tmp_path / "diff").mkdir()
    (tmp_path / "secret").write_bytes(b"12345")
    found = read_tar_split(io.BytesIO(b'{"type":1,"name":"%s","size":5}' % name.encode()))
    with opened(tmp_path, found) as again, pytest.raises(UnsafePath, match="leads out"):
        again.read()


def test_a_folder_that_is_not_there(tmp_path):
    found = taken_apart(tmp_path)
    with (
        UnpackedTar(lambda: found, tmp_path / "other", "there") as again,
        pytest.raises((Damaged, StorageError), match="other"),
    ):
        again.read()


@pytest.mark.parametrize(
    "lines",
    [
        b"nonsense",
        b"[1]",
        b'{"type":1,"size":5}\n',
        b'{"type":1,"name":"a","size":-5}\n',
        b'{"type":1,"name":"a","size":"much"}\n',
        b'{"type":1,"name":7,"size":5}\n',
        b'{"type":1,"name":["a"],"size":5}\n',
        b'{"payload":""}\n',
        b'{"type":1,"name":"a","size":9000000000000000000}\n' * 2,
        b"\x1f\x8b nothing",
    ],
)
def test_what_is_no_tar_split_file(lines):
    with pytest.raises(Damaged):
        read_tar_split(io.BytesIO(lines))


@pytest.mark.parametrize("limits", [Bounds(entries=1), Bounds(names=2000)])
def test_more_files_or_longer_names_than_are_taken(limits):
    lines = b"".join(b'{"type":1,"name":"%s","size":5}\n' % (b"a" * 1500) for _ in range(2))
    before = bounds()
    set_bounds(limits)
    try:
        with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_ENTRIES"):
            read_tar_split(io.BytesIO(lines))
    finally:
        set_bounds(before)
