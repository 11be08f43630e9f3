"""Small files with a checksum: whole, or nothing."""

import os

import pytest

from layertui.core.fs.checksummed_file import read_checked, write_checked


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 5000])
def test_what_was_written_is_read(tmp_path, content):
    write_checked(tmp_path / "made" / "file", content)
    assert read_checked(tmp_path / "made" / "file", 1 << 20) == content
    assert os.listdir(tmp_path / "made") == ["file"]


def test_what_is_not_whole_is_none(tmp_path):
    path = tmp_path / "file"
    assert read_checked(path, 100) is None
    write_checked(path, b"0123456789")
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        assert read_checked(path, 100) is None
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert read_checked(path, 100) is None
    path.write_bytes(whole)
    assert read_checked(path, len(whole) - 1) is None
    assert read_checked(path, len(whole)) == b"0123456789"


def test_what_is_no_file_is_none_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/zero")
    assert [read_checked(tmp_path / name, 100) for name in ("pipe", "folder", "device")] == [None] * 3


def test_another_users_is_none_where_only_ones_own_counts(tmp_path, monkeypatch):
    write_checked(tmp_path / "file", b"x")
    assert read_checked(tmp_path / "file", 100, own=True) == b"x"
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert read_checked(tmp_path / "file", 100, own=True) is None
    assert read_checked(tmp_path / "file", 100) == b"x"
