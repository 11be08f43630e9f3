"""What a second process finds. Each test is a process of its own: a worker of pytest-xdist has threads."""

import subprocess
import sys

import pytest

BEGIN = """
import os, sys, threading, time
from layertui.core.layers.cache import worker_process
from layertui.core.layers.cache.worker_process import fork_worker

worker_process.usable_cpus = lambda: 2  # whatever this machine has

def tell(*what):
    print(*what, flush=True)
"""


def said(code):
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == ""
    return done.stdout


def test_what_is_found_is_another_processes():
    code = """
with fork_worker(lambda: [{b"seven": 7}, os.getpid()]) as answer:
    seven, pid = answer(wait=True), answer(wait=True)
tell(seven, pid != os.getpid())
"""
    assert said(code) == "{b'seven': 7} True\n"


@pytest.mark.parametrize("end", ["1 / 0", "sys.exit(3)", "os.kill(os.getpid(), 9)", "[].pop()", "object()"])
def test_work_that_fails_says_nothing(end):
    assert said(f"with fork_worker(lambda: [{end}]) as answer: tell(answer(wait=True))") == "None\n"


def test_what_was_to_be_written_is_written_once():
    assert said("print('once')\nwith fork_worker(lambda: [1]) as answer: print(answer(wait=True))") == "once\n1\n"


def test_a_caller_who_does_not_wait_gets_what_is_there():
    code = """
def work():
    yield 1
    time.sleep(100)
with fork_worker(work) as answer:
    while (found := answer(wait=False)) is None:
        time.sleep(0.01)
    tell(found, answer(wait=False))
"""
    assert said(code) == "1 None\n"


def test_what_is_larger_than_a_pipe_comes_whole():
    code = """
with fork_worker(lambda: [bytes(3 << 20), b"x"]) as answer:
    tell(len(answer(wait=True)), answer(wait=True), answer(wait=True))
"""
    assert said(code) == f"{3 << 20} b'x' None\n"


def test_it_writes_to_no_file_and_begins_no_process(tmp_path):
    code = f"""
import resource
path = {str(tmp_path / "file")!r}
open(path, "w").close()

def work():
    try:
        with open(path, "w") as out:
            out.write("x")
    except OSError as error:
        yield error.strerror
    yield [resource.getrlimit(one) for one in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)]

with fork_worker(work) as answer:
    tell(answer(wait=True), answer(wait=True))
tell(open(path).read() == "", resource.getrlimit(resource.RLIMIT_NPROC) != (0, 0))
"""
    assert said(code) == "File too large [(0, 0), (0, 0), (0, 0)]\nTrue True\n"


def test_with_one_cpu_nothing_is_forked():
    code = "worker_process.usable_cpus = lambda: 1\nwith fork_worker(lambda: [os.getpid()]) as answer: tell(answer(wait=True))"
    assert said(code) == "None\n"


def test_beside_other_threads_nothing_is_forked():
    code = """
waiting = threading.Event()
other = threading.Thread(target=waiting.wait)
other.start()
with fork_worker(lambda: [os.getpid()]) as answer:
    tell(answer(wait=True))
waiting.set()
"""
    assert said(code) == "None\n"


def test_who_is_no_longer_asked_is_gone():
    code = """
try:
    with fork_worker(lambda: [time.sleep(100)]):
        raise ValueError
except ValueError:
    pass
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    tell("nobody")
"""
    assert said(code) == "nobody\n"


def test_a_worker_whose_caller_is_gone_ends():
    code = """
def work():
    while True:
        yield bytes(1 << 20)
with fork_worker(work) as answer:
    answer(wait=True)
    os.kill(os.getpid(), 9)
"""
    # The other process has our stdout too: who reads it to the end waits for both.
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, check=False, timeout=30)
    assert done.returncode == -9
