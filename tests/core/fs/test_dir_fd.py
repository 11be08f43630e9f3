"""Names in an open folder: removed, given a mode and xattrs, symlinks left alone."""

import os
import stat
from pathlib import Path

import pytest

from layertui.core.errors import UnsafePath
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd import chmod_at, remove_at, set_xattrs_at, status_at, xattrs_at


class TestRemove:
    def test_links_are_removed_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(b"outside")
        root = tmp_path / "root"
        (root / "etc").mkdir(parents=True)
        (root / "etc/up").symlink_to("../..")
        (root / "abs").symlink_to(tmp_path)
        with Beneath(tmp_path, symlinks=False) as folder:
            remove_at(folder.fd, "root")
            remove_at(folder.fd, "root")
        assert not root.exists()
        assert (tmp_path / "secret").read_bytes() == b"outside"

    @pytest.mark.slow
    def test_deeper_than_descriptors(self, tmp_path: Path) -> None:
        at = os.open(tmp_path, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=at)
            os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=at))
            below = os.open("d", os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        os.close(at)
        with Beneath(tmp_path, symlinks=False) as folder:
            remove_at(folder.fd, b"d")
        assert [one.name for one in tmp_path.iterdir()] == ["f"]

    def test_a_folder_shut_to_its_owner(self, tmp_path: Path) -> None:
        (tmp_path / "a/b/c").mkdir(parents=True)
        (tmp_path / "a/b").chmod(0)
        (tmp_path / "a").chmod(0o500)
        with Beneath(tmp_path, symlinks=False) as folder:
            remove_at(folder.fd, "a")
        assert list(tmp_path.iterdir()) == []


def test_modes_and_xattrs_by_name(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    (tmp_path / "l").symlink_to("f")
    with Beneath(tmp_path, symlinks=False) as folder:
        chmod_at(folder.fd, "f", 0o4711)
        with pytest.raises(UnsafePath):
            chmod_at(folder.fd, "l", 0o600)
        try:
            set_xattrs_at(folder.fd, "f", {"user.colour": b"\x00blue"})
        except OSError:
            pytest.skip("no user xattrs on this file system")
        assert xattrs_at(folder.fd, "f") == {"user.colour": b"\x00blue"}
        assert xattrs_at(folder.fd, b"l") == {}
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o4711


def test_what_was_a_symlink_a_moment_ago_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "name").symlink_to("target")
    stat_of = os.stat

    def swapped(name: str, **how: object) -> os.stat_result:
        found = stat_of(name, **how)  # type: ignore[arg-type]
        if stat.S_ISLNK(found.st_mode):
            (tmp_path / "name").unlink()
            (tmp_path / "name").mkdir()
        return found

    with Beneath(tmp_path, symlinks=False) as folder:
        assert status_at(folder.fd, b"name")[1] == b"target"
        monkeypatch.setattr(os, "stat", swapped)
        status, link = status_at(folder.fd, b"name")
    assert (stat.S_ISDIR(status.st_mode), link) == (True, b"")
