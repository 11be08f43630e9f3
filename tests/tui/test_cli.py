"""What is started before the command line is parsed: visible in where the process forks, and not in the output."""

import functools
import os
import signal
import subprocess
import sys

import pytest

from builders import docker_archive, file, image, layer
from command_line import layertui

BEGIN = """
import os, sys
from layertui.core.layers.cache import early_sizes as sooner, worker_process
from layertui.tui.cli import main

worker_process.usable_cpus = lambda: 2  # whatever this machine has
sooner.WORTH_A_PROCESS = 1
fork = os.fork
os.fork = lambda: print("fork", "click" in sys.modules, file=sys.stderr) or fork()
main()
"""


INTERRUPT = """
import signal, sys
from layertui.tui.cli import main

class Interrupt:
    def find_spec(self, name, *_):
        if name == "click.core":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
main(["version"])
"""


@pytest.fixture
def archive(tmp_path):
    layers = [layer([file(f"a/{n}", b"x" * n) for n in range(100)]), layer([file("b", b"xyz")])]
    return docker_archive(image(layers, tags=["demo:1.0"]), tmp_path / "demo.tar")


def begun(*words):
    return subprocess.run([sys.executable, "-c", BEGIN, *map(str, words)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [["history"], ["--json", "history"], ["history", "-q"]])
def test_a_history_starts_before_click_is_imported(words, archive, store_folder):
    done = begun("--store", store_folder, *words, archive)
    forks = done.stderr.splitlines()
    assert forks[0] == "fork False"
    # Into the user namespace of a plain user's ids.
    assert forks[1:] in ([[]] if os.geteuid() == 0 else [[], ["fork True"]])
    assert done.stdout == layertui(*words, archive).ok().text


def test_what_is_no_history_begins_nothing(archive):
    done = begun("inspect", archive)
    assert (done.returncode, "fork False" in done.stderr) == (0, False)


def test_words_that_only_look_like_a_history_are_answered_as_ever(archive):
    done = begun("history", archive, archive)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fork False\nerror: ")


def test_an_interrupt_while_it_is_still_imported_leaves_no_traceback():
    # Tests started in the background may ignore it.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    argv = [sys.executable, "-c", INTERRUPT]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, preexec_fn=heard)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
