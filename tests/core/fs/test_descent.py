"""Trees walked by descriptors: all of it, however deep, and nothing else, whatever changes meanwhile."""

import os
import stat

import pytest

from builders.deep import deep
from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.fs.descent import (
    HELD,
    Descent,
    bytes_below,
    open_found,
    open_regular,
    read_link,
    unlocked,
    walk,
)
from layertui.core.fs.dir_fd import remove_tree
from open_files import open_files


@pytest.fixture
def top(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"content")
    (tmp_path / "a-").write_bytes(b"more")
    (tmp_path / "link").symlink_to("a")
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(autouse=True)
def _cleared(tmp_path):
    """Deep trees, which pytest does not clear away."""
    yield
    remove_tree(tmp_path / "d")


def test_all_below_a_folder_is_found_each_folder_before_what_lies_in_it(top):
    assert [found.path for found in walk(top, "it")] == [b"a", b"a/b", b"a/b/file", b"a-", b"link"]


DEEP = 2100
"""Folders: their path, `d/d/…`, is longer than the 4,096 bytes that the kernel takes."""


@pytest.mark.slow
def test_a_tree_far_deeper_than_a_path_can_be_is_walked_with_few_open_files(tmp_path):
    fd, levels, most = deep(tmp_path, DEEP), 0, 0
    before = open_files()
    for found in walk(fd, "it"):
        levels += stat.S_ISDIR(found.status.st_mode)
        most = max(most, len(os.listdir("/proc/self/fd"))) if levels % 100 == 0 else most
    assert most <= before + HELD + DEEP // HELD + 5
    assert (levels, open_files()) == (DEEP, before)
    os.close(fd)


def test_the_way_back_up_is_the_way_that_led_down(tmp_path):
    fd, inodes = deep(tmp_path, 5 * HELD), []
    with Descent(fd) as way:
        for _ in range(5 * HELD):
            inodes.append(os.fstat(way.fd).st_ino)
            way.down(b"d")
        for inode in reversed(inodes):
            way.up()
            assert os.fstat(way.fd).st_ino == inode
    os.close(fd)


def test_a_tree_deeper_than_the_limit_is_reported_with_its_name(tmp_path, lower):
    lower(tree_depth=10)
    os.close(deep(tmp_path, 11))
    with pytest.raises(
        LimitExceeded, match=r"folders in each other, 11 deep .* the limit is 10, LAYERTUI_MAX_TREE_DEPTH"
    ):
        bytes_below(tmp_path)


def test_a_folder_exchanged_for_a_symlink_while_it_is_walked_is_not_followed(top, tmp_path):
    (tmp_path / "z").mkdir()
    (tmp_path / "z/secret").write_bytes(b"")
    found = walk(top, "it")
    assert next(found).path == b"a"
    (tmp_path / "a").rename(tmp_path / "old")
    (tmp_path / "a").symlink_to("z")
    assert [one.path for one in found] == [b"a-", b"link", b"z", b"z/secret"]


def test_folders_that_go_elsewhere_while_they_are_walked_are_skipped(tmp_path, elsewhere):
    fd = deep(tmp_path, 3 * HELD)
    (tmp_path / "/".join("d" * (HELD // 2)) / "e").write_bytes(b"")
    seen = []
    for found in walk(fd, "it"):
        seen.append(found.path)
        if len(found.above) == 3 * HELD - 1:
            (tmp_path / "d/d").rename(elsewhere / "gone")
    assert len(seen) == 3 * HELD
    os.close(fd)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["symlink", "pipe", "file"])
def test_a_file_in_whose_place_something_else_has_come_is_not_opened(top, tmp_path, change):
    found = next(one for one in walk(top, "it") if one.name == b"a-")
    (tmp_path / "a-").rename(tmp_path / "old")
    match change:
        case "symlink":
            (tmp_path / "a-").symlink_to("old")
        case "pipe":
            os.mkfifo(tmp_path / "a-")
        case _:
            (tmp_path / "a-").write_bytes(b"another")
    before = open_files()
    with pytest.raises(Damaged, match="it: something else has taken its place"):
        open_regular(top, b"a-", found.status, "it")
    assert open_files() == before


def test_a_file_is_opened_and_what_is_no_file_is_not(top):
    found = {one.name: (one.status, os.dup(one.folder)) for one in walk(top, "it")}
    status, folder = found[b"file"]
    with open_regular(folder, b"file", status, "it") as file:
        assert file.read() == b"content"
    thing = os.open("link", os.O_PATH | os.O_NOFOLLOW, dir_fd=top)
    with pytest.raises(Damaged):
        open_found(thing, "it")
    for fd in (thing, *(folder for _, folder in found.values())):
        os.close(fd)


def test_a_symlink_in_whose_place_something_else_has_come_is_reported(top, tmp_path):
    found = next(one for one in walk(top, "it") if one.name == b"link")
    with Descent(top) as way:
        assert read_link(found._replace(folder=way.fd), "it") == b"a"
        (tmp_path / "link").unlink()
        (tmp_path / "link").mkdir()
        with pytest.raises(Damaged, match="it: something else"):
            read_link(found._replace(folder=way.fd), "it")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_ours_though_its_mode_shuts_us_out_and_the_modes_stay(tmp_path):
    os.close(deep(tmp_path, 3 * HELD))
    below = [tmp_path / "/".join("d" * depth) for depth in range(1, 3 * HELD + 1)]
    for folder in reversed(below):
        folder.chmod(0)
    fd = os.open(tmp_path, os.O_RDONLY)
    assert not [found for found in walk(fd, "it", passed_over=[13]) if len(found.above) > 1]
    assert len(list(walk(fd, "it", ours=True))) == 3 * HELD
    with Descent(fd, ours=True) as way:
        for folder in below:
            assert stat.S_IMODE(way.stat(b"d").st_mode) == 0, folder
            way.down(b"d")
    os.close(fd)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_ours_is_unlocked_while_it_is_opened(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "file").chmod(0)
    thing = os.open(tmp_path / "file", os.O_PATH)
    with unlocked(thing) as was_shut, open_found(thing, "it") as file:
        assert (was_shut, file.read()) == (True, b"content")
    assert stat.S_IMODE(os.fstat(thing).st_mode) == 0
    os.close(thing)
