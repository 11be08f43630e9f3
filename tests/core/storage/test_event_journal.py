"""Events that were appended are read again, also by a follower, across renamed files and invalid lines."""

import os
import threading

import pytest

from layertui.core.errors import Cancelled
from layertui.core.progress import Progress
from layertui.core.storage import event_journal as journals
from layertui.core.storage.event_journal import EventJournal


@pytest.fixture
def journal(tmp_path):
    return EventJournal(tmp_path / "events")


class Follower:
    """Reads on a thread of its own until it is cancelled."""

    def __init__(self, journal, **how):
        self.progress, self.seen, self.more = Progress(), [], threading.Condition()
        self.begun = journal.events(follow=True, progress=self.progress, **how)
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def _run(self):
        try:
            for event in self.begun:
                with self.more:
                    self.seen.append(event.action)
                    self.more.notify()
        except Cancelled:
            pass

    def wait_for(self, action):
        with self.more:
            assert self.more.wait_for(lambda: action in self.seen, 10)

    def __exit__(self, *_):
        self.progress.cancel()
        self.thread.join(10)
        assert not self.thread.is_alive()


def actions(journal):
    return [event.action for event in journal.events(past=True, follow=False)]


def test_nothing_is_there_before_something_was_recorded(journal):
    assert actions(journal) == []
    assert not journal.folder.exists()


def test_an_event_comes_back_as_it_was_recorded(journal):
    journal.record("container", "die", "1234", {"name": 'w"e\nb', "exitCode": "3"})
    (event,) = journal.events(past=True, follow=False)
    assert (event.type, event.action, event.id) == ("container", "die", "1234")
    assert event.attributes == {"name": 'w"e\nb', "exitCode": "3"}
    assert event.time.endswith("Z")
    assert len(event.time) == len("2026-01-02T03:04:05.123456789Z")
    assert list(journal.events(past=False, follow=False)) == []


def test_who_follows_gets_what_comes_and_can_be_stopped(journal):
    journal.record("image", "before", "1", {})
    with Follower(journal, past=True) as follower:
        follower.wait_for("before")
        journal.record("image", "after", "1", {})
        follower.wait_for("after")
    assert follower.seen == ["before", "after"]


def test_the_older_half_goes_when_there_is_too_much(journal, monkeypatch):
    monkeypatch.setattr(journals, "LIMIT", 4000)
    with Follower(journal, past=True) as follower:
        for number in range(300):
            journal.record("image", str(number), "1", {})
        follower.wait_for("299")
    sizes = [(journal.folder / name).stat().st_size for name in os.listdir(journal.folder)]
    assert sum(sizes) < 9000
    kept = actions(journal)
    assert kept == [str(number) for number in range(300 - len(kept), 300)]
    # Who is more than a whole file behind misses what was in it, but nothing comes twice or out of order.
    assert follower.seen == sorted(set(follower.seen), key=int)
    assert follower.seen[-1] == "299"


def test_many_processes_record_at_once(journal, monkeypatch):
    monkeypatch.setattr(journals, "LIMIT", 1 << 30)

    def tell(who):
        for number in range(50):
            journal.record("image", f"{who}-{number}", "1", {"filler": "x" * 200})

    threads = [threading.Thread(target=tell, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(actions(journal)) == sorted(f"{who}-{number}" for who in range(8) for number in range(50))


@pytest.mark.parametrize(
    "line",
    [
        b"{}\n",
        b"nothing\n",
        b"[1]\n",
        b'{"time":1,"attributes":[]}\n',
        b'{"time":"yesterday","type":"image","action":"tag","id":"1","attributes":{}}\n',
        b'{"time":"2026-01-02T03:04:05Z","type":[],"action":"tag","id":"1","attributes":{}}\n',
        b"\xff\n",
    ],
)
def test_what_is_none_of_ours_is_passed_over(journal, line):
    journal.record("image", "one", "1", {})
    with open(journal.folder / "log", "ab") as file:
        file.write(line)
    journal.record("image", "two", "1", {})
    with open(journal.folder / "log", "ab") as file:
        file.write(b'{"time":')  # half a line
    assert actions(journal) == ["one", "two"]


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path):
    (tmp_path / "events").write_text("a file where a folder is to be")
    journal = EventJournal(tmp_path / "events")
    journal.record("image", "one", "1", {})
    assert actions(journal) == []
    assert (tmp_path / "events").read_text() == "a file where a folder is to be"
