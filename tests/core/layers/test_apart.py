"""What a second process finds. Each test is a process of its own: a worker of pytest-xdist has threads."""

import subprocess
import sys

import pytest

BEGIN = """
import os, sys, threading, time
from layertui.core.layers.apart import apart

def tell(*what):
    print(*what, flush=True)
"""


def said(code):
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == ""
    return done.stdout


def test_what_is_found_is_another_processes():
    code = """
with apart(lambda: [{b"seven": 7}, os.getpid()]) as answer:
    seven, pid = answer()
tell(seven, pid != os.getpid())
"""
    assert said(code) == "{b'seven': 7} True\n"


@pytest.mark.parametrize("end", ["1 / 0", "sys.exit(3)", "os.kill(os.getpid(), 9)", "[].pop()", "object()"])
def test_work_that_fails_says_nothing(end):
    assert said(f"with apart(lambda: [{end}]) as answer: tell(answer())") == "None\n"


def test_what_was_to_be_written_is_written_once():
    assert said("print('once')\nwith apart(lambda: [1]) as answer: print(answer())") == "once\n[1]\n"


def test_beside_other_threads_nothing_is_begun():
    code = """
waiting = threading.Event()
other = threading.Thread(target=waiting.wait)
other.start()
with apart(lambda: [os.getpid()]) as answer:
    tell(answer())
waiting.set()
"""
    assert said(code) == "None\n"


def test_who_is_no_longer_asked_is_gone():
    code = """
try:
    with apart(lambda: [time.sleep(100)]):
        raise ValueError
except ValueError:
    pass
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    tell("nobody")
"""
    assert said(code) == "nobody\n"
