"""Progress counts, reports, and stops cancelled work."""

import threading

import pytest

from layertui.core import progress as module
from layertui.core.errors import Cancelled
from layertui.core.progress import Progress, quiet, unseen


def test_it_counts_from_each_beginning():
    progress = quiet()
    progress.begin("reading", 10)
    progress.advance(3)
    progress.advance()
    assert (progress.what, progress.done, progress.total, progress.unit) == ("reading", 4, 10, "bytes")
    progress.begin("laying", unit="layers")
    assert (progress.what, progress.done, progress.total, progress.unit) == ("laying", 0, None, "layers")


def test_cancelled_work_stops_at_its_next_step():
    progress = quiet()
    progress.begin("reading x")
    progress.advance(1)
    progress.cancel()
    assert progress.cancelled
    with pytest.raises(Cancelled, match="cancelled: reading x"):
        progress.advance(1)
    with pytest.raises(Cancelled):
        progress.begin("more")
    assert progress.done in (0, 1)


def test_it_reports_at_each_beginning_and_not_at_every_step(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    told = []
    progress = Progress(5, lambda it: told.append((it.what, it.done)))
    progress.begin("a")
    for _ in range(100):
        now[0] += 0.01
        progress.advance()
    # A second's work, reported at most twenty times.
    assert told[0] == ("a", 0)
    assert 15 <= len(told) <= 21
    progress.begin("b")
    assert told[-1] == ("b", 0)


def test_threads_lose_no_count():
    progress = quiet()

    def work():
        for _ in range(20_000):
            progress.advance()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.done == 80_000


def test_what_nobody_sees_is_not_counted_and_is_cancelled_with_what_they_see():
    progress = quiet()
    beside = unseen(progress)
    beside.advance(5)
    assert progress.done == 0
    progress.cancel()
    with pytest.raises(Cancelled):
        beside.advance(5)
