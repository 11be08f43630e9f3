"""The whole story on the screen, with keys only, in a real terminal."""

import json
import time

import pytest

from terminal import terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]


@pytest.fixture
def host(layertui, tmux):
    layertui.run("demo", "--no-ui")
    yield layertui
    for container in layertui.json("ps", "-a"):
        layertui.run("rm", "-f", container["id"], check=False)


@pytest.fixture
def screen(host, tmp_path):
    with terminal([*host.tool.argv, "--store", host.store], tmp_path) as shown:
        shown.wait("busybox:latest", "Layers of busybox:latest", "bin/")
        yield shown


def until(what):
    """Wait for what the other face must come to say."""
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def create(screen, name):
    screen.press("c")
    screen.wait("Create a container of busybox")
    screen.type(name)
    screen.go("Tab")
    screen.type("sh")
    screen.press("C-s")
    screen.wait(name, "Created", gone=["Create a container of"])


def test_create_write_start_export_import_compare(host, screen, tmp_path):
    create(screen, "kind_banzai")
    assert host.json("namespaces", "kind_banzai")["container"] is None

    # A file before any start.
    screen.go("2", "w")
    screen.wait("Write a file into kind_banzai")
    screen.type("etc/motd")
    screen.go("Tab")
    screen.type("hello from the screen")
    screen.wait("hello from the screen")
    screen.press("C-s")
    screen.wait(gone=["Write a file into"])
    assert host.text("cat", "container:kind_banzai", "/etc/motd") == "hello from the screen"

    screen.go("2", "s")
    screen.wait("running for", "before start", "the host's own")
    own = host.json("namespaces", "kind_banzai")["own"]
    assert {"mnt", "pid", "net", "uts", "ipc"} <= set(own)
    assert host.text("exec", "kind_banzai", "cat", "/etc/motd") == "hello from the screen"
    screen.wait(*own)
    screen.press("Escape")
    screen.wait("Images", "Containers", "Up ")

    screen.go("2", "x")
    screen.wait("Export")
    screen.rest()
    screen.press("C-u", "C-k")
    screen.type(str(tmp_path / "flat.tar"))
    screen.press("C-s")
    until((tmp_path / "flat.tar").exists)
    screen.wait("Containers", gone=["Cancel"])

    screen.press("L")
    screen.wait("Load or import")
    screen.type(str(tmp_path / "flat.tar"))
    screen.wait("Imported from -")
    screen.rest()
    screen.go("Tab")
    screen.type("test:test")
    screen.press("C-s")
    screen.wait("test:test", gone=["Cancel"])
    (step,) = host.json("history", "test:test")
    assert step["comment"] == "Imported from -"

    # busybox is the first row, test:test the last.
    screen.go("1", "g", "Space", "G", "=")
    # Home has these words too; Escape and the next key sent at once would be Alt and that key.
    shown = screen.wait("busybox:latest", "test:test", "Imported from -", gone=["2 Containers"])
    assert "History" in shown

    screen.press("Escape")
    screen.wait("2 Containers")
    screen.press("q")
    until(lambda: screen.ended)
    (row,) = host.json("ps")
    assert row["status"] == "running"


def test_a_path_looked_up_and_a_layer_left(host, screen):
    screen.go("1", "j")
    screen.wait("Layers of demo:1.0")
    screen.go("4", "f")
    screen.wait("top-down search")
    screen.press("Escape")
    screen.wait("Images")
    screen.go("3", "j")
    screen.wait("Files as of layer 4")
    screen.press("a")
    screen.wait("this layer only")


def test_escape_never_quits(screen):
    screen.press("Escape", "Escape", "Escape")
    screen.wait("Images", "busybox:latest")
    assert not screen.ended


def test_every_key_is_reported(screen):
    screen.press("?")
    shown = screen.wait("compare")
    assert "Traceback" not in shown
    screen.press("Escape")
    screen.wait("Layers of busybox")


@pytest.mark.sampled("size")
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_other_sizes_of_terminal(host, tmp_path, size):
    with terminal([*host.tool.argv, "--store", host.store], tmp_path, size=size) as shown:
        shown.wait("busybox:latest", "Images", "Layers")
        shown.press("4")
        shown.wait("bin/")
        shown.press("q")
        until(lambda: shown.ended)


def test_without_an_image_it_says_what_to_do(layertui, tmux, tmp_path):
    with terminal([*layertui.tool.argv, "--store", layertui.store], tmp_path) as shown:
        shown.wait("Images")
        shown.press("q")
        until(lambda: shown.ended)


def test_json_and_screen_agree_on_an_archive(host, tmp_path):
    host.run("save", "-o", tmp_path / "demo.tar", "demo:1.0")
    layers = json.loads(host.run("--json", "layers", tmp_path / "demo.tar").stdout)
    with terminal([*host.tool.argv, "--store", host.store, tmp_path / "demo.tar"], tmp_path) as shown:
        shown.wait(f"Files as of layer {len(layers)}")


def test_suspended_for_a_shell_and_for_an_editor(host, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ncat "$2"; read line; echo "$line" >> "$2"; exit $1\n')
    editor.chmod(0o755)
    host.run("create", "-ti", "--name", "kind_banzai", "busybox", "sh")
    host.run("write", "kind_banzai", "/note", stdin=b"first\n")
    with terminal([*host.tool.argv, "--store", host.store], tmp_path, env={"EDITOR": f"{editor} 0"}) as screen:
        screen.wait("kind_banzai", "Layers of")
        screen.go("2", "e")
        screen.wait("kind_banzai is not running", "layertui start kind_banzai")
        screen.press("Enter")
        screen.wait("In kind_banzai", "/ #", gone=["Containers"])
        screen.type("echo x > /by-shell; tty")
        screen.press("Enter")
        screen.wait("/dev/pts/1")
        screen.type("exit")
        screen.press("Enter")
        screen.wait("by-shell", "writable layer of kind_banzai", "Up ")

        screen.press("A")
        screen.wait("In kind_banzai", gone=["Containers"])
        screen.type("tty; ls /by-*")
        screen.press("Enter")
        screen.wait("/dev/pts/0", "/by-shell")
        screen.press("C-p", "C-q")
        screen.wait("Detached from kind_banzai", "writable layer of kind_banzai", "Up ")

        screen.go("4", "/")
        screen.type("note")
        screen.go("Enter", "w")
        screen.wait("Write a file into kind_banzai", "first")
        screen.press("C-o")
        screen.wait("first", gone=["Write a file into"])
        screen.type("second")
        screen.press("Enter")
        screen.wait("Write a file into kind_banzai", "first", "second")
        screen.press("C-s")
        screen.wait(gone=["Write a file into"])
    assert host.text("cat", "container:kind_banzai", "/note") == "first\nsecond"
    assert host.json("ps")[0]["status"] == "running"


def test_the_screen_is_drawn_again_where_there_is_no_such_editor(host, tmp_path):
    host.run("create", "--name", "kind_banzai", "busybox", "sh")
    with terminal([*host.tool.argv, "--store", host.store], tmp_path, env={"EDITOR": "/no/vi"}) as screen:
        screen.wait("kind_banzai", "Layers of")
        screen.go("2", "w")
        screen.wait("Write a file into kind_banzai")
        screen.press("C-o")
        screen.wait("Write a file into kind_banzai", "/no/vi cannot be used: No such file or directory")


def test_a_shell_that_is_created_with_one_enter_runs_once_it_is_started(host, screen):
    screen.press("c")
    screen.wait("Create a container of busybox", "Start will run: sh")
    screen.rest()
    screen.go("Enter")
    screen.wait("Created", gone=["Create a container of"])
    screen.go("s")
    screen.wait("running for", "before start")
    (row,) = host.json("ps")
    assert (row["command"], row["status"]) == (["sh"], "running")
    assert {"mnt", "pid", "net", "uts", "ipc"} <= set(host.json("namespaces", row["id"])["own"])
