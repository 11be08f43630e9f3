"""A Watch reports which folders changed, and wakes a waiting thread."""

import os
import threading

import inotify_simple
import pytest

from builders.deep import deep
from layertui.core.fs.descent import Descent
from layertui.core.fs.dir_fd import remove_tree
from layertui.core.fs.libc import libc
from layertui.core.fs.watch import inotify as watches
from layertui.core.fs.watch.inotify import Watch
from layertui.core.progress import Progress

SOON = 10


def test_a_change_is_reported_with_its_folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Watch(tmp_path / "a", tmp_path / "b") as watch:
        assert watch.wait(0) == set()
        (tmp_path / "b" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path / "b"}


def test_the_c_library_is_not_searched_for(tmp_path, monkeypatch):
    """A private name of inotify_simple: once it is gone, watching works and only the start is slower; this test says so."""
    monkeypatch.setattr(inotify_simple, "_libc", None)
    with Watch(tmp_path):
        assert inotify_simple._libc is libc()


def quiet_again(watch):
    """Consume all events."""
    while watch.wait(0.2):
        pass


@pytest.mark.slow
def test_deep_it_sees_what_is_made_below_and_what_was_made_in_there_meanwhile(tmp_path):
    (tmp_path / "old" / "deep").mkdir(parents=True)
    with Watch(deep=tmp_path) as watch:
        (tmp_path / "old" / "deep" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path}
        (tmp_path / "new" / "below").mkdir(parents=True)
        quiet_again(watch)
        (tmp_path / "new" / "below" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path}
        quiet_again(watch)
        (tmp_path / "new" / "below" / "file").unlink()
        (tmp_path / "new" / "below").rmdir()
        (tmp_path / "new" / "below").mkdir()
        quiet_again(watch)
        (tmp_path / "new" / "below" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path}


@pytest.mark.slow
def test_folders_deeper_than_any_path_are_watched(tmp_path):
    with Watch(deep=tmp_path) as watch, Descent(deep(tmp_path, 3000)) as way:
        quiet_again(watch)
        for _ in range(3000):
            way.down(b"d")
        os.mkdir("new", dir_fd=way.fd)
        assert watch.wait(SOON) == {tmp_path}
        quiet_again(watch)
        way.down(b"new")
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=way.fd))
        assert watch.wait(SOON) == {tmp_path}
    remove_tree(tmp_path / "d")


@pytest.mark.slow
def test_no_more_folders_are_watched_than_the_limit_has(tmp_path, lower):
    for number in range(50):
        (tmp_path / f"{number:02}").mkdir()
    lower(watched=10)
    with Watch(deep=tmp_path) as watch:
        (tmp_path / "49" / "file").write_text("x")
        assert watch.wait(0.3) == set()
        (tmp_path / "00" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path}


def test_a_waiting_thread_is_woken_by_a_cancel(tmp_path):
    progress = Progress()
    with Watch(tmp_path, progress=progress) as watch:
        waiting = threading.Thread(target=watch.wait)
        waiting.start()
        progress.cancel()
        waiting.join(SOON)
        assert not waiting.is_alive()


def test_one_cancelled_before_does_not_wait(tmp_path):
    progress = Progress()
    progress.cancel()
    with Watch(tmp_path, progress=progress) as watch:
        assert watch.wait() == set()


def test_without_inotify_anything_may_have_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(watches, "_inotify", lambda: None)
    with Watch(tmp_path) as watch:
        assert watch.wait(0) is None
        watch.wake()
        assert watch.wait() is None


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder(tmp_path, name):
    (tmp_path / "file").write_text("")
    with Watch(tmp_path / name) as watch:
        assert not watch.wait(0)
