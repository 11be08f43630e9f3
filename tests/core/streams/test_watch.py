"""A Watch tells which folders changed, and wakes whoever waits."""

import threading

import pytest

from layertui.core.streams import watch as watches
from layertui.core.streams.progress import Progress
from layertui.core.streams.watch import Watch

SOON = 10


def test_a_change_is_told_with_its_folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Watch(tmp_path / "a", tmp_path / "b") as watch:
        assert watch.works
        assert watch.wait(0) == set()
        (tmp_path / "b" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path / "b"}


def test_deep_it_sees_what_is_made_below_and_what_was_made_in_there_meanwhile(tmp_path):
    (tmp_path / "old" / "deep").mkdir(parents=True)
    with Watch(deep=tmp_path) as watch:
        (tmp_path / "old" / "deep" / "file").write_text("x")
        assert watch.wait(SOON) == {tmp_path / "old" / "deep"}
        (tmp_path / "new" / "below").mkdir(parents=True)
        seen = set()
        while tmp_path / "new" / "below" not in seen:
            seen |= watch.wait(SOON)
        (tmp_path / "new" / "below" / "file").write_text("x")
        assert tmp_path / "new" / "below" in watch.wait(SOON)
        (tmp_path / "new" / "below" / "file").unlink()
        (tmp_path / "new" / "below").rmdir()
        assert watch.wait(SOON)


def test_whoever_waits_is_woken_by_a_cancel(tmp_path):
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
        assert not watch.works
        assert watch.wait(0) is None
        watch.wake()
        assert watch.wait() is None


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder(tmp_path, name):
    (tmp_path / "file").write_text("")
    with Watch(tmp_path / name) as watch:
        watch.wait(0)
