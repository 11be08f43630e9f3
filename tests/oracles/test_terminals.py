"""Terminals beside docker's: the same keys at both, the same sizes, codes and words."""

import subprocess

import pytest

from builders import docker_archive
from containing import box, require_runtime
from typing_at import CTRL_C, CTRL_D, DETACH, typing_at

pytestmark = pytest.mark.slow


@pytest.fixture
def ours(layertui):
    require_runtime("runc", layertui.store)
    yield (*layertui.tool.argv, "--store", str(layertui.store))
    for name in layertui.text("ps", "-aq").split():
        layertui.run("rm", "-f", name, check=False)


@pytest.fixture
def both(ours, docker, tmp_path):
    """Two command lines that hold the box."""
    path = docker_archive(box(), tmp_path / "box.tar")
    theirs = docker.client.argv
    for cli in (ours, theirs):
        subprocess.run([*cli, "load", "-i", path], check=True, capture_output=True)
    yield ours, theirs
    left = docker.text("ps", "-aq").split()
    if left:
        docker.run("rm", "-f", *left)


def alone(cli, *words):
    """Exit code and output of a command line that has no terminal; of errors, that there were some."""
    done = subprocess.run([*cli, *words], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr.removeprefix(b"error: ")


def test_without_a_terminal_on_our_side(both):
    def story(cli):
        net = ("--network", "none")
        yield alone(cli, "run", *net, "-it", "box:1", "sh")
        yield alone(cli, "run", *net, "--rm", "-t", "box:1", "sh", "-c", "tty; stty size; echo $TERM; exit 3")
        yield alone(cli, "run", *net, "--rm", "-t", "-e", "TERM=mine", "box:1", "sh", "-c", "echo $TERM")
        yield alone(cli, "run", *net, "--rm", "-i", "box:1", "sh", "-c", "cat; echo err >&2; exit 4")
        yield alone(cli, "create", *net, "-ti", "--name", "one", "box:1", "sh")[0]
        yield alone(cli, "attach", "one")[0]
        yield alone(cli, "start", "one")
        yield alone(cli, "attach", "one")
        yield alone(cli, "exec", "-it", "one", "sh")
        yield alone(cli, "exec", "-t", "one", "sh", "-c", "tty; stty size; echo $TERM; exit 5")
        yield alone(cli, "exec", "-t", "-u", "app", "one", "sh", "-c", "id; stat -c '%u %a' $(tty)")

    ours, theirs = (list(story(cli)) for cli in both)
    assert ours == theirs


def test_the_same_keys_at_both(both):
    def story(cli):
        net = ("--network", "none")
        with typing_at(*cli, "run", *net, "-it", "--name", "one", "box:1", "sh", size=(30, 100)) as it:
            it.expect("# ")
            # docker sets the size only after the start, and until then there is none.
            yield it.asked(
                "until stty size >/dev/null 2>&1; do :; done; stty size; tty; echo $TERM; ps -o tty,args|grep -c [p]ts"
            )
            it.type(DETACH)
            yield it.end()
        with typing_at(*cli, "attach", "one", size=(20, 50)) as it:
            it.wait_for_raw()
            it.line("")
            it.expect("# ")
            yield it.asked("stty size")
            it.type(DETACH)
            yield it.end(), it.shown.endswith(b"read escape sequence\r\n")
        with typing_at(*cli, "exec", "-it", "one", "sh") as it:
            it.expect("# ")
            it.type(DETACH)
            yield it.end(), it.shown.endswith(b"read escape sequence\r\n")
        with typing_at(*cli, "exec", "-it", "one", "sh") as it:
            it.expect("# ")
            it.line("exit 9")
            yield it.end()
        with typing_at(*cli, "attach", "one") as it:
            it.wait_for_raw()
            it.line("exit 7")
            yield it.end()
        with typing_at(*cli, "start", "-ai", "one") as it:
            it.expect("# ")
            it.type(DETACH)
            yield it.end(), b"escape" in it.shown
        with typing_at(*cli, "run", *net, "-it", "box:1", "cat") as it:
            it.wait_for_raw()
            it.line("hello")
            it.expect("hello\r\nhello\r\n")
            it.type(CTRL_D)
            yield it.end()
        with typing_at(*cli, "run", *net, "-it", "box:1", "sh", "-c", "echo on; sleep 1; echo off; exit 3") as it:
            it.expect("on")
            it.type(CTRL_C)
            yield it.end()

    ours, theirs = (list(story(cli)) for cli in both)
    assert ours == theirs


TYPED = {
    "one alone": [b"\x10", b"x"],
    "one alone, twice": [b"\x10", b"\x10", b"x"],
    "the second alone": [b"\x11", b"x"],
    "the other way round": [b"\x11", b"\x10", b"x"],
    "the first once more": [b"\x10", b"\x10", b"\x11", b"x"],
    "the first once more, pasted": [b"\x10\x10\x11x"],
    "an arrow between": [b"\x10", b"\x1b[A", b"\x11", b"x"],
}


@pytest.mark.late("a real terminal: keys may come before what they are meant for is painted")
def test_what_comes_through_of_the_detach_keys(both):
    def story(cli):
        words = (*cli, "run", "--network", "none", "-it", "box:1", "sh", "-c", "stty raw -echo; echo ready; cat")
        with typing_at(*words) as it:
            it.expect("ready")
            for name, keys in TYPED.items():
                for key in keys:
                    it.type(key)
                it.type("end")
                yield name, it.expect("end").strip()
            it.type(b"a paste with \x10\x11 in it")
            # What comes back before the keys arrives in time or not, with either client.
            yield it.end(), it.shown if it.shown != b"a paste with " else b""

    ours, theirs = (list(story(cli)) for cli in both)
    assert ours == theirs
