"""A clock that is set back: past actions are in the future, and ended before they began. Nothing is negative, and nothing stops."""

import json
import re
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from builders import docker_archive
from containing import box, require_runtime
from layertui.core.containers.observe.resource_usage import UsageSample, between
from layertui.tui.verbs.container import watch_verbs

DAY = 24 * 3600 * 10**9
NEGATIVE = re.compile(r"(?<![\w:.T+-])-\d")


@contextmanager
def clock(monkeypatch, days):
    """What is written down in here is so many days ahead."""
    real = time.time_ns
    with monkeypatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: real() + days * DAY)
        yield


@pytest.fixture
def ahead(trial, monkeypatch):
    """An image and two containers of tomorrow, one of which has run today."""
    require_runtime("bwrap", trial.store)
    monkeypatch.setenv("LAYERTUI_RUNTIME", "bwrap")
    with clock(monkeypatch, 1):
        trial.say("load", docker_archive(box(), trial.folder / "box.tar")).ok()
        trial.say("create", "--name", "ran", "box:1", "sh", "-c", "echo out").ok()
        trial.say("create", "--name", "runs", "box:1", "sleep", "60").ok()
    trial.say("start", "ran").ok()
    trial.say("wait", "ran").ok()
    trial.say("start", "runs").ok()
    yield trial
    trial.say("rm", "-f", "runs", "ran")


@pytest.mark.slow
def test_every_verb_answers(ahead):
    for verb in (("ps", "-a"), ("images",), ("top", "runs"), ("stats", "--no-stream"), ("namespaces", "runs")):
        said = ahead.say(*verb).ok().text
        assert not NEGATIVE.search(said), (verb, said)
    assert ahead.say("logs", "ran").text == "out\n"
    assert ahead.say("logs", "--since", "1h", "ran").text == "out\n"
    for verb in (("inspect", "ran"), ("history", "box:1"), ("diff", "ran"), ("df",), ("commit", "ran", "again:1")):
        ahead.say(*verb).ok()
    assert ahead.sound() == []


@pytest.mark.slow
def test_events_of_a_future_are_not_shown_yet(ahead):
    past = ahead.say("--json", "events", "--since", "1h", "--until", "0s").ok()
    actions = [json.loads(line)["action"] for line in past.lines]
    assert actions[:2] == ["start", "die"], "those of tomorrow are yet to come"


@pytest.mark.slow
def test_events_end_by_the_time_that_passes(ahead, monkeypatch):
    real, calls = datetime.now, iter(range(10**6))

    class SetBack(datetime):
        """Each look an hour earlier."""

        @classmethod
        def now(cls, zone=None):
            return real(zone) - timedelta(hours=next(calls))

    until = (real(UTC) + timedelta(seconds=0.5)).isoformat()
    monkeypatch.setattr(watch_verbs, "datetime", SetBack)
    ahead.say("events", "--until", until).ok()


def test_what_ended_before_it_began_took_no_time():
    reading = UsageSample(at=5.0, cpu=2.0, memory=1, limit=2, received=0, sent=0, read=0, written=0, pids=1)
    for cpu, at in ((1.0, 6.0), (3.0, 5.0), (3.0, 4.0)):
        now = UsageSample(at=at, cpu=cpu, memory=1, limit=2, received=0, sent=0, read=0, written=0, pids=1)
        assert between(reading, now).cpu_percent == 0.0
