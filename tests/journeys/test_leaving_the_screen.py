"""The screen asked to leave by a signal, or sent to the background: the terminal is as it was, and containers run on."""

import os
from signal import SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP

import pytest

from typing_at import CTRL_Z, typing_at

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]

LEFT = "\x1b[?1049l"  # the alternate screen is put away
# The mouse and pasting as they were, the cursor shown.
PUT_AWAY = (LEFT, "\x1b[?1000l", "\x1b[?1003l", "\x1b[?2004l", "\x1b[?25h")


@pytest.fixture
def at(layertui):
    layertui.run("demo", "--no-ui")
    env = {**os.environ, **layertui.tool.env, "TERM": "xterm-256color"}

    def typing(*words):
        return typing_at(*words, size=(40, 120), env=env)

    yield typing
    for name in layertui.text("ps", "-aq").split():
        layertui.run("rm", "-f", name, check=False)


def ours(layertui):
    return *layertui.tool.argv, "--store", layertui.store


def put_away(it):
    """What was written last; the modes of the terminal itself are looked at by `end`."""
    shown = it.shown.decode(errors="replace")
    return [sign for sign in PUT_AWAY if sign not in shown]


@pytest.mark.parametrize("number", [SIGTERM, SIGHUP, SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was_and_containers_running(at, layertui, number):
    layertui.run("run", "-d", "--name", "one", "busybox", "sleep", "600")
    with at(*ours(layertui)) as it:
        it.expect("busybox")
        it.expect("bin/")
        it.process.send_signal(number)
        assert it.end() == 128 + number
        assert put_away(it) == []
    assert layertui.json("ps")[0]["status"] == "running"


def test_a_signal_while_the_first_screen_is_made(at, layertui):
    with at(*ours(layertui)) as it:
        it.expect("\x1b[?1049h")
        it.process.send_signal(SIGTERM)
        assert it.end() == 128 + SIGTERM
        assert put_away(it) == []


def continued(it):
    """Continue it, and see it have the terminal again."""
    it.process.send_signal(SIGCONT)
    it.expect("\x1b[?1049h")
    it.wait_for_raw()


@pytest.mark.parametrize("stop", [SIGTSTP, SIGSTOP])
def test_stopped_and_continued_it_leaves_the_terminal_as_it_was(at, layertui, stop):
    with at(*ours(layertui)) as it:
        it.expect("busybox")
        it.expect("bin/")
        it.process.send_signal(stop)
        it.wait_until(lambda: state_of(it.process.pid) == "T")
        continued(it)
        it.process.send_signal(SIGTERM)
        assert it.end() == 128 + SIGTERM
        assert put_away(it) == []


def test_continued_while_it_is_about_to_stop_it_goes_on(at, layertui):
    with at(*ours(layertui)) as it:
        it.expect("busybox")
        it.expect("bin/")
        for _ in range(5):
            it.process.send_signal(SIGTSTP)
            it.expect("\x1b[?1000l")  # it puts the terminal right, and has not stopped yet
            continued(it)
        it.type("q")
        assert it.end() == 0


@pytest.mark.parametrize("stderr", ["2>errors", "2>&-"])
def test_it_draws_on_the_terminal_where_stderr_is_none(at, layertui, tmp_path, stderr):
    with at("sh", "-c", f'cd {tmp_path} && exec "$@" {stderr}', "sh", *ours(layertui)) as it:
        it.expect("busybox")
        it.expect("bin/")
        it.type("q")
        assert it.end() == 0
        assert put_away(it) == []
    assert stderr == "2>&-" or (tmp_path / "errors").read_bytes() == b""


def state_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_a_terminal_that_closes_while_it_is_painted_on_ends_it(at, layertui):
    with at(*ours(layertui)) as it:
        it.expect("busybox")
        it.expect("bin/")
        it.type("?" + 40 * "jk" + "\x1b" + 40 * "]")  # more frames than wait for a terminal that takes none
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, it.master)  # closes it
        os.close(null)
        assert it.process.wait(60) == -SIGHUP


def test_a_signal_reaches_it_while_a_shell_has_the_terminal(at, layertui):
    layertui.run("run", "-d", "--name", "one", "busybox", "sleep", "600")
    with at(*ours(layertui)) as it:
        it.expect("busybox")
        it.expect("bin/")
        it.type("2e")
        it.expect("In one.")
        it.expect("# ")
        it.process.send_signal(SIGTERM)
        assert it.end() == 128 + SIGTERM
    assert layertui.json("ps")[0]["status"] == "running"


def test_in_the_background_and_back(at, layertui):
    with at("bash", "--norc", "--noediting", "-i") as it:
        it.line(" ".join(map(str, ours(layertui))))
        it.expect("busybox")
        it.expect("bin/")
        it.type(CTRL_Z)
        assert LEFT in it.expect("Stopped")
        it.expect("bash-")
        assert it.asked("echo here") == "here"
        it.line("fg")
        it.expect("bin/")
        it.type("q")
        it.expect(LEFT)
        it.expect("bash-")  # what is typed before the prompt may still go to the screen
        assert it.asked("echo code $?").endswith("code 0")
        it.line("exit")
        it.end()
