"""Work on two threads."""

import threading

import pytest

from layertui.core.layers.cache.work_sharing import run_concurrently


def test_everything_is_worked_off_while_one_looks():
    done, gate = [], threading.Event()

    def work(number):
        done.append((number, threading.current_thread() is threading.main_thread()))
        gate.set()

    def look():
        assert gate.wait(10)  # the other thread works meanwhile
        return "found"

    assert run_concurrently(work, range(50), look) == "found"
    assert sorted(number for number, _ in done) == list(range(50))
    assert (0, False) in done


def test_who_looked_lends_a_hand():
    other_waits, lent = threading.Event(), threading.Event()

    def work(number):
        if threading.current_thread() is threading.main_thread():
            lent.set()
        else:
            other_waits.set()
            assert lent.wait(10)

    run_concurrently(work, range(3), lambda: other_waits.wait(10))
    assert lent.is_set()


def test_nothing_to_do_starts_no_thread():
    assert run_concurrently(print, [], threading.active_count) == threading.active_count()


@pytest.mark.parametrize("error", [IndexError, ValueError])
def test_an_error_of_the_work_ends_both(error):
    done = []

    def work(number):
        done.append(number)
        if number == 1:
            raise error("at one")

    with pytest.raises(error, match="at one"):
        run_concurrently(work, range(1_000_000), lambda: None)
    assert len(done) < 1_000_000


def test_an_error_while_looking_leaves_the_rest_undone():
    begun, looked = threading.Event(), threading.Event()
    done = []

    def work(number):
        begun.set()
        assert looked.wait(10)
        done.append(number)

    def look():
        assert begun.wait(10)
        looked.set()
        raise ValueError("nothing to see")

    with pytest.raises(ValueError, match="nothing to see"):
        run_concurrently(work, range(100_000), look)
    assert len(done) < 100_000
