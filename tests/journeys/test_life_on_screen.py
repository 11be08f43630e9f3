"""A container's whole life with keys alone, as root and as a plain user; the screen then shows what the command line says."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from containing import require_runtime
from terminal import Terminal, terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
    pytest.mark.sampled("who"),
]


@dataclass(frozen=True)
class Who:
    """A user with a store: starts the screen, and runs commands."""

    argv: tuple[str | Path, ...]
    says: Callable[..., str]

    def state(self) -> str:
        (row,) = json.loads(self.says("--json", "ps", "-a"))
        return str(row["status"])


@pytest.fixture(params=["root", "plain_user"])
def who(request, tmux, layertui, tmp_path):
    if request.param == "root":
        found = Who((*layertui.tool.argv, "--store", layertui.store), layertui.text)
        require_runtime("runc", layertui.store)
    else:
        user = request.getfixturevalue("plain_user")
        store = ("--store", str(user.home / "life"))  # others have put their images into the one that is always there
        found = Who((*user.words, *store), lambda *words: user.layertui(*store, *words).stdout.decode().strip())
    found.says("demo", "--no-ui")
    yield found
    for container in json.loads(found.says("--json", "ps", "-a")):
        found.says("rm", "-f", container["id"])


def write(screen: Terminal, path: str, text: str) -> None:
    screen.go("2", "w")
    screen.wait("Write a file into kept")
    screen.type(path)
    screen.go("Tab")
    screen.type(text)
    screen.press("C-s")
    screen.wait(gone=["Write a file into"])


def test_a_container_from_its_making_to_its_end(who, tmp_path):
    with terminal(who.argv, tmp_path) as screen:
        screen.wait("busybox:latest", "Layers of busybox:latest", "bin/")
        screen.go("c")
        screen.wait("Create a container of busybox")
        screen.type("kept")
        screen.go("Tab")
        screen.type("sh")
        screen.press("C-s")
        screen.wait("Created", "Layers of kept", gone=["Create a container of"])  # the notice is there before the row
        write(screen, "etc/motd", "before any start")

        screen.go("2", "s")
        screen.wait("running for", "before start")
        screen.press("Escape")
        screen.wait("2 Containers", "Up ")
        screen.go("2", "e")
        screen.wait("In kept", "/ #", gone=["2 Containers"])
        screen.type("cat /etc/motd; echo x > /by-shell; echo 'done'")
        screen.press("Enter")
        screen.wait("before any startdone")
        screen.type("exit")
        screen.press("Enter")
        screen.wait("2 Containers", "writable layer of kept", "by-shell")
        write(screen, "etc/issue", "while it runs")
        assert {"A /by-shell", "C /etc", "C /etc/motd"} <= {*who.says("diff", "kept").splitlines()}

        screen.go("2", "x")
        screen.wait("Export")
        screen.rest()
        screen.go("BTab", "Right", "C-s")
        screen.answer("Commit kept", "kept:1")
        screen.wait("kept:1")
        assert who.says("cat", "kept:1", "/etc/issue") == "while it runs"

        screen.go("2", "=")
        screen.wait("the only layer is shared", "added", "writable layer of kept", gone=["2 Containers"])
        screen.press("Escape")
        screen.wait("2 Containers")

        screen.go("2", "z")
        screen.wait("Paused")
        assert who.state() == "paused"
        screen.go("z")
        screen.wait("Up ", gone=["Paused"])
        screen.go("K")
        screen.wait("Signal to kept")
        screen.go("Right")  # from TERM, which a shell at a terminal does not heed, to KILL
        screen.press("C-s")
        screen.wait("Exited")
        assert who.state() == "exited"
        screen.go("d")
        screen.wait("Delete")
        screen.press("C-s")
        screen.wait("No containers yet")
    assert json.loads(who.says("--json", "ps", "-a")) == []
