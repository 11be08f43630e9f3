"""A way down that cannot leave its folder, and does not run out of descriptors."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from layertui.core.errors import LimitExceeded
from layertui.core.fs.descent import HELD
from layertui.core.fs.dir_fd import remove_at
from layertui.core.fs.dir_fd_cache import DirFdCache
from open_files import open_files


def make(fd: int, path: Sequence[bytes]) -> None:
    os.mkdir(path[-1], dir_fd=fd)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    remove_at(fd, "d")
    os.close(fd)


def test_makes_what_is_missing_and_finds_it_again(root: int, tmp_path: Path) -> None:
    with DirFdCache(root) as trail:
        os.mkdir("x", dir_fd=trail.enter([b"a", b"b"], make))
        assert trail.find([b"a", b"b", b"x"]) is not None
        assert trail.find([b"a", b"c"]) is None
        assert os.fstat(trail.find([]) or -1).st_ino == tmp_path.stat().st_ino
    assert (tmp_path / "a/b/x").is_dir()


def test_symlinks_and_files_are_no_folders(root: int, tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("/")
    (tmp_path / "f").write_text("")
    with DirFdCache(root) as trail:
        assert trail.find([b"l"]) is None
        assert trail.find([b"l", b"etc"]) is None
        assert trail.find([b"f"]) is None
        with pytest.raises(FileExistsError):
            trail.enter([b"l", b"etc"], make)


def test_what_was_removed_is_not_remembered(root: int, tmp_path: Path) -> None:
    with DirFdCache(root) as trail:
        trail.enter([b"a", b"b"], make)
        (tmp_path / "a/b").rmdir()
        trail.forget([b"a", b"b"])
        assert trail.find([b"a", b"b"]) is None
        trail.forget([])


def test_deep_down_and_up_again(root: int) -> None:
    before = open_files()
    path = [b"d"] * (5 * HELD)
    with DirFdCache(root) as trail:
        trail.enter(path, make)
        if before:
            assert len(os.listdir("/proc/self/fd")) <= before + HELD + 3 + len(path) // HELD
        inodes = []
        for depth in range(len(path), 0, -1):
            fd = trail.find(path[:depth])
            assert fd is not None
            inodes.append(os.fstat(fd).st_ino)
        assert len(set(inodes)) == len(path)
    assert open_files() == before


def test_a_path_that_is_too_deep_is_reported_with_the_limit(root: int, lower: Callable[..., None]) -> None:
    lower(depth=3)
    with DirFdCache(root) as trail:
        trail.enter([b"d", b"b", b"c"], make)
        with pytest.raises(LimitExceeded, match="4 folders deep; the limit is 3, LAYERTUI_MAX_DEPTH"):
            trail.enter([b"d", b"b", b"c", b"d"], make)
