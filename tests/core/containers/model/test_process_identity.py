import os
import signal
import subprocess
import time
from dataclasses import replace

import pytest

from layertui.core.containers.model.process_identity import Process, boot_id, namespaces_of, signal_number
from layertui.core.errors import UsageError


@pytest.fixture
def sleeping():
    with subprocess.Popen(["sleep", "60"]) as child:
        yield child, Process.of(child.pid)
        child.kill()


def test_a_process_is_who_it_is(sleeping):
    _, process = sleeping
    assert process.alive
    assert not process.wait(0)
    assert not replace(process, start_time=process.start_time - 1).alive


def test_a_signal_reaches_who_was_meant_or_nobody(sleeping):
    child, process = sleeping
    assert not replace(process, start_time=1).signal(signal.SIGKILL)
    time.sleep(0.05)
    assert child.poll() is None
    assert process.signal(signal.SIGKILL)
    assert process.wait(5)
    child.wait()
    assert not process.alive
    assert not process.signal(signal.SIGKILL)
    assert Process.of(child.pid) is None or Process.of(child.pid) != process


def test_what_has_ended_and_was_not_waited_for_does_not_live(sleeping):
    child, process = sleeping
    child.kill()
    assert process.wait(5)
    assert not process.alive


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("TERM", 15),
        ("SIGTERM", 15),
        ("term", 15),
        ("9", 9),
        ("SIGRTMIN+3", signal.SIGRTMIN + 3),
        ("RTMIN", signal.SIGRTMIN),
        ("RTMAX-3", signal.SIGRTMAX - 3),
    ],
)
def test_names_of_signals(name, number):
    assert signal_number(name) == number


@pytest.mark.parametrize(
    "name", ["", "0", "NOPE", "-1", "999", "RTMIN+999", "RTMIN-1", "RTMAX+1", "RTMAX-99", "TERM+1"]
)
def test_no_signals(name):
    with pytest.raises(UsageError):
        signal_number(name)


def test_our_own_namespaces():
    found = namespaces_of("self")
    assert found == namespaces_of(os.getpid())
    assert found["mnt"] > 0
    assert namespaces_of(2**22 + 1) == {}


def test_the_boot_has_an_id():
    assert boot_id() == boot_id() != ""
