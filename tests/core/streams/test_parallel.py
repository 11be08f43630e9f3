"""Several things at once: all of them, or the first error and nothing that goes on."""

from concurrent.futures import ALL_COMPLETED, FIRST_EXCEPTION
from concurrent.futures import wait as futures_wait
from threading import Barrier, Event

import pytest

from layertui.core.errors import Cancelled, Damaged
from layertui.core.progress import Progress, quiet
from layertui.core.streams import parallel
from layertui.core.streams.parallel import AT_ONCE, parallel_map


def test_what_comes_of_each_is_in_their_order_and_they_are_at_work_at_once():
    met = Barrier(AT_ONCE, timeout=60)

    def work(number, progress):
        met.wait()  # none goes on before the other is there
        progress.advance(number)
        return number * 10

    progress = quiet()
    assert parallel_map(work, [1, 2, 3, 4], progress, "test") == [10, 20, 30, 40]
    assert progress.done == 10


def test_nothing_is_no_work():
    assert parallel_map(lambda *_: pytest.fail("called"), [], quiet(), "test") == []


def test_the_first_error_stops_the_others_and_is_the_one_that_is_reported():
    begun, stopped = Event(), []

    def work(number, progress):
        if number == 2:
            begun.wait(60)
            raise Damaged("the second")
        begun.set()
        try:
            while True:
                progress.advance(0)
        except Cancelled:
            stopped.append(number)
            raise

    with pytest.raises(Damaged, match="the second"):
        parallel_map(work, [1, 2, 3, 4], quiet(), "test")
    assert stopped == [1]


def test_the_thread_that_fails_begins_nothing_more(monkeypatch):
    """Also where the caller hears of it late: the thread is free before that."""
    begun = []

    def late(jobs, return_when):
        found = futures_wait(jobs, return_when=ALL_COMPLETED)
        assert return_when == FIRST_EXCEPTION
        return found

    def work(number, progress):
        begun.append(number)
        raise Damaged("the first")

    monkeypatch.setattr(parallel, "wait", late)
    with pytest.raises(Damaged, match="the first"):
        parallel_map(work, [1, 2, 3, 4], quiet(), "test", at_once=1)
    assert begun == [1]


def test_who_cancels_the_whole_stops_each():
    progress = Progress()

    def work(_, shared):
        progress.cancel()
        while True:
            shared.advance(0)

    with pytest.raises(Cancelled):
        parallel_map(work, [1, 2], progress, "test")
