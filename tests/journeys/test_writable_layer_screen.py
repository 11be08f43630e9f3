"""A container's writable layer with keys only, before its start and while it runs: folders, other paths, other modes and owners, live."""

import pytest

from terminal import terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]


@pytest.mark.sampled("state")
@pytest.mark.parametrize("state", ["created", "running"])
def test_with_keys_alone(layertui, tmux, tmp_path, state):
    layertui.run("demo", "--no-ui")
    layertui.run("create", "--name", "keyed", "busybox", "sleep", "600")
    if state == "running":
        layertui.run("start", "keyed")

    def facts(folder, path):
        (row,) = (row for row in layertui.json("ls", "container:keyed", folder) if row["path"] == path)
        return row["type"], row["mode"], row["uid"], row["gid"]

    try:
        with terminal([*layertui.tool.argv, "--store", layertui.store], tmp_path) as screen:
            screen.wait("busybox:latest", "keyed")
            screen.go("2")
            screen.wait("writable layer of keyed", "bin/")
            screen.go("4", "M")
            screen.wait("New folder in keyed")
            screen.press("C-u")
            screen.answer("New folder in keyed", "/made")
            screen.wait("made/")
            screen.go("t")
            screen.answer("Rename /made in keyed", "/made.anew")
            screen.wait("made.anew/")
            screen.go("p")
            screen.answer("Mode and owner of /made.anew", "1750", "7:8")

            assert facts("/", "/made.anew") == ("dir", "1750", 7, 8)

            # What the image has: it goes as a whole, and the image keeps its own.
            screen.go("/")
            screen.type("etc/passwd")
            screen.go("Enter", "p")
            screen.answer("Mode and owner of /etc/passwd", "0600")
            screen.go("t")
            screen.answer("Rename /etc/passwd in keyed", "/etc/passwd.old")
            screen.wait("passwd.old")
            if state == "running":
                screen.press("Escape")
                layertui.run("exec", "keyed", "sh", "-c", "echo x > /told-live; rmdir /made.anew")
                screen.wait("told-live", gone=["made.anew"])
        assert facts("/etc", "/etc/passwd.old") == ("file", "0600", 0, 0)
        assert layertui.run("which", "container:keyed", "/etc/passwd", check=False).returncode == 1
        assert layertui.run("which", "busybox", "/etc/passwd", check=False).returncode == 0
    finally:
        layertui.run("rm", "-f", "keyed", check=False)
