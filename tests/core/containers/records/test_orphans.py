"""Which shims are left over, by what they do at the time: the ones here only look like one."""

import fcntl
import subprocess
import sys

import pytest

from layertui.core.containers.records import orphans as module
from layertui.core.containers.records.orphans import orphans
from layertui.core.containers.runtimes.shim_process import SHIM, Shim
from layertui.core.oci.digest import Digest

DIGEST = Digest("sha256:" + "1" * 64)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0)


@pytest.fixture
def container(records, make):
    """One that does not run."""
    made = make(name="box")
    records.paths(made.id).run.mkdir()
    return made.id


def left(records):
    return [one.problem.what for one in orphans(records, [])]


@pytest.fixture
def like_a_shim(records, container):
    """Start a process with the arguments of the container's shim, in a session of its own, in this folder; gives its PID."""
    started = []

    def start(folder):
        words = [sys.executable, "-c", "import sys; sys.stdin.read()", SHIM.name, str(records.paths(container).run)]
        started.append(subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, start_new_session=True))
        return started[-1].pid

    yield start
    for one in started:
        one.communicate()


def test_one_that_stays_beside_a_container_that_does_not_run(records, container, like_a_shim):
    pid = like_a_shim(records.paths(container).run)
    assert left(records) == [str(pid)]


def test_one_that_removes_its_container(records, container, like_a_shim):
    """On a slow disk that takes any time."""
    like_a_shim(records.folder)
    records.path(container).rename(records.folder / f".gone-{container}")
    assert left(records) == []


def test_one_that_waits_for_its_plan(records, container):
    """It is started before the image's layers are unpacked."""
    with Shim(records.paths(container).run):
        assert left(records) == []


def test_one_that_waits_until_the_end_of_its_container_has_been_read(records, container, like_a_shim):
    pid = like_a_shim(records.paths(container).run)
    with open(records.paths(container).hold, "wb") as hold:
        fcntl.flock(hold, fcntl.LOCK_SH)
        assert left(records) == []
    assert left(records) == [str(pid)]
