"""Two images held against each other with keys only, in a real terminal; the report that is saved says what the screen said."""

import json

import pytest

from terminal import terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]


@pytest.fixture
def host(layertui, tmux):
    layertui.run("demo", "--no-ui")
    return layertui


@pytest.mark.sampled("size")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_mark_compare_walk_open_a_file_swap_and_save(host, tmp_path, size):
    with terminal([*host.tool.argv, "--store", host.store], tmp_path, size=size) as screen:
        screen.wait("busybox:latest", "Layers of busybox:latest")
        # The rows are busybox:latest, demo:1.0, demo:2.0.
        screen.go("1", "j", "Space", "=")
        screen.wait("demo:1.0", "demo:2.0", "4 layers shared of 5 and 7", "Files (11)", "CMD [")
        screen.wait("shared base: 2 layers, 4 steps, 2.08MB")

        # Walk: the base folds and unfolds, n goes to what differs, i shows the raw command.
        screen.wait("▾ shared base", "COPY etc /etc")  # all of it fits, so it is unfolded
        screen.go("G", "k", "k", "k", "k", "Enter")
        screen.wait("▸ shared base")
        screen.go("Enter")
        screen.wait("▾ shared base", "COPY etc /etc")
        screen.go("G", "N")
        screen.go("1", "g")

        # The files, and the two contents of one.
        screen.go("2")
        screen.wait("legacy.cfg", "hidden (only mtime, owner or mode differ)")
        screen.press("/")
        screen.type("run.sh")
        screen.wait("run.sh", gone=["legacy.cfg"])
        screen.press("Enter")
        screen.rest()
        screen.go("G", "Enter")
        shown = screen.wait("/srv/app/run.sh", "-rwxr-xr-x", "1 of ", " difference")
        assert "size, content" in shown
        screen.go("z", "n")
        screen.press("Escape")
        screen.wait("Config")
        screen.press("Escape")
        screen.wait("legacy.cfg")

        screen.go("3")
        screen.wait("WORKDIR", "/srv/app")
        screen.go("4")
        screen.wait("to transfer: ", "bytes by folder", "/srv/app")

        screen.press("s")
        screen.wait("demo:2.0 ⇄ demo:1.0", "4 layers shared of 7 and 5", "Files (11)")

        target = tmp_path / "report.json"
        screen.press("x")
        screen.wait("Save the report")
        screen.go("Right")
        screen.wait("demo_2.0-demo_1.0.json")
        screen.go("Tab")
        screen.press("C-u", "C-k")
        screen.type(str(target))
        screen.press("Enter")
        screen.wait(gone=["Save the report"])
        saved = json.loads(target.read_text())
        assert saved == host.json("compare", "demo:2.0", "demo:1.0")
        assert saved["files"]["added"] == 2

        screen.press("Escape")
        screen.wait("Images", "Containers")


def test_any_two_by_name_a_container_beside_an_archive(host, tmp_path):
    host.run("create", "--name", "web", "demo:2.0", "sh")
    host.run("write", "web", "/etc/motd", stdin=b"hello from web")
    host.run("save", "-o", tmp_path / "demo.tar", "demo:2.0")
    with terminal([*host.tool.argv, "--store", host.store], tmp_path) as screen:
        screen.wait("busybox:latest", "Layers of busybox:latest")
        screen.go("1", "=")
        screen.wait("Compare any two", "container:web")
        screen.type("container:web")
        screen.go("BTab")
        screen.press("C-u", "C-k")
        screen.type(f"{tmp_path}/demo.tar")
        screen.press("Enter")
        screen.wait("writable layer of web", "7 of 7 layers shared", "Files (1)")
        screen.go("g", "Enter")  # what its writable layer did
        screen.wait("etc/motd", "only of layer 8")
        screen.press("Escape")
        screen.rest()
        screen.press("Escape")
        screen.wait("Images", "Containers")
    host.run("rm", "-f", "web")
