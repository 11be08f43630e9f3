"""A store that others can write to, which a plain user can make too: what is opened in it, and what is refused."""

import os
import stat

import pytest

from layertui.core import ownership
from layertui.core.errors import NotOurs
from layertui.core.fs.atomic import Lock, make_folder, write_atomically
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.file_window import read_small


@pytest.fixture
def theirs(tmp_path):
    """A store in which anybody may have put anything."""
    store = tmp_path / "store"
    (store / "folder").mkdir(parents=True)
    (store / "folder/file").write_bytes(b"content")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"secret")
    store.chmod(0o777)
    ownership.decide(store, trusted=False)
    return store


def test_a_file_is_read(theirs):
    assert read_small(theirs / "folder/file") == b"content"
    assert ownership.names_in(theirs / "folder") == ["file"]
    assert sorted(ownership.names_in(theirs)) == ["folder"]
    with Beneath(theirs / "folder", symlinks=False) as folder:
        assert folder.stat("file").st_size == 7
    with pytest.raises(FileNotFoundError):
        read_small(theirs / "folder/none")


def test_no_symlink_is_followed(theirs, tmp_path):
    (theirs / "link").symlink_to(tmp_path / "outside/file")
    (theirs / "way").symlink_to(tmp_path / "outside")
    (theirs / "inside").symlink_to("folder")
    for path in ("link", "way/file", "inside/file", "folder/../link"):
        with pytest.raises(OSError, match=r"regular|directory"):
            read_small(theirs / path)
    for path in ("way", "inside"):
        with pytest.raises(NotADirectoryError):
            ownership.names_in(theirs / path)
        with pytest.raises(NotADirectoryError):
            Beneath(theirs / path, symlinks=False)
    assert read_small(theirs / "folder/../folder/file") == b"content"


def test_only_files_are_opened(theirs):
    os.mkfifo(theirs / "pipe")
    for path in ("pipe", "folder"):
        with pytest.raises(OSError, match="is not a regular file"):
            read_small(theirs / path)


def test_the_folder_that_was_judged_is_read(theirs, tmp_path):
    """Whatever has its name by now."""
    theirs.rename(tmp_path / "moved")
    theirs.symlink_to(tmp_path / "outside")
    with pytest.raises(FileNotFoundError):
        read_small(theirs / "file")
    assert read_small(theirs / "folder/file") == b"content"


def test_nothing_is_written(theirs):
    for act in (
        lambda: make_folder(theirs / "new"),
        lambda: make_folder(theirs / "folder"),
        lambda: write_atomically(theirs / "new", b""),
        lambda: Lock(theirs / "lock").acquire(),
        lambda: Lock(theirs / "lock", shared=True).acquire(),
        lambda: ownership.require_ours(theirs),
        lambda: ownership.require_own(theirs / "folder"),
    ):
        with pytest.raises(NotOurs, match=r"can be changed by other users; .* or say --trust-store"):
            act()
    assert [path.name for path in theirs.iterdir()] == ["folder"]
    assert not ownership.can_write(theirs)
    assert not ownership.is_own(theirs / "folder")


def test_what_lies_beside_it_is_ours(theirs, tmp_path):
    for path in (tmp_path / "store2", tmp_path):
        assert ownership.refusal(path) is None
        assert ownership.can_write(tmp_path)
    (tmp_path / "link").symlink_to("outside/file")
    assert read_small(tmp_path / "link") == b"secret"


def test_it_is_decided_once(theirs):
    theirs.chmod(0o755)
    ownership.decide(theirs, trusted=False)
    assert ownership.refusal(theirs) is not None
    ownership.forget()
    ownership.decide(theirs, trusted=False)
    assert ownership.refusal(theirs) is None
    theirs.chmod(0o777)
    ownership.decide(theirs, trusted=False)
    assert ownership.refusal(theirs) is None


def test_a_trusted_one_is_ours(theirs, tmp_path):
    ownership.decide(theirs, trusted=True)
    assert ownership.refusal(theirs / "folder") is None
    assert ownership.is_own(theirs / "folder")
    (theirs / "link").symlink_to(tmp_path / "outside/file")
    assert read_small(theirs / "link") == b"secret"
    ownership.decide(theirs, trusted=False)
    assert ownership.refusal(theirs) is not None


def test_one_that_comes_later_is_judged_when_it_is_there(tmp_path):
    store = tmp_path / "store"
    ownership.decide(store, trusted=False)
    assert ownership.refusal(store) is None
    store.mkdir()
    store.chmod(0o777)
    assert ownership.refusal(store / "x") is not None


def test_a_shut_store_may_hold_what_all_may_write(tmp_path):
    """Who cannot come in changes nothing there: with a umask of 0 every file is like this."""
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o666)
    for mode, only_looked_at in ((0o700, False), (0o711, True)):
        tmp_path.chmod(mode)
        ownership.forget()
        ownership.decide(tmp_path, trusted=False)
        assert (ownership.refusal(tmp_path) is not None) is only_looked_at


def test_a_group_of_our_own(tmp_path):
    """Where everybody has one, folders may be writable for it."""
    tmp_path.chmod(0o775)
    os.chown(tmp_path, -1, os.getegid())
    ownership.decide(tmp_path, trusted=False)
    assert ownership.refusal(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="for root alone it matters who can rename the store")
@pytest.mark.parametrize(("mode", "only_looked_at"), [(0o755, False), (0o1777, False), (0o777, True), (0o757, True)])
def test_a_folder_above(mode, only_looked_at, tmp_path):
    store = tmp_path / "above/store"
    store.mkdir(parents=True)
    store.parent.chmod(mode)
    ownership.decide(store, trusted=False)
    assert (ownership.refusal(store) is not None) is only_looked_at
    assert stat.S_IMODE(store.parent.stat().st_mode) == mode
