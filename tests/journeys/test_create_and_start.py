"""A container is an image and one writable layer; `create` makes that, `start` the namespaces: by the command line."""

import json
import time

import pytest

from builders import docker_archive, image, layer

pytestmark = pytest.mark.slow


@pytest.fixture
def layertui(layertui):
    layertui.run("demo", "--no-ui")
    yield layertui
    for container in layertui.json("ps", "-a"):
        layertui.run("rm", "-f", container["id"], check=False)


def ps(layertui, name):
    (row,) = (row for row in layertui.json("ps", "-a") if row["name"] == name)
    return row


def test_create_makes_a_writable_layer_and_nothing_else(layertui):
    container_id = layertui.text("create", "-ti", "--name", "kind_banzai", "busybox", "sh")
    assert len(container_id) == 64
    row = ps(layertui, "kind_banzai")
    assert (row["id"], row["status"], row["pid"], row["command"]) == (container_id, "created", 0, ["sh"])
    before = layertui.json("namespaces", "kind_banzai")
    assert (before["status"], before["container"], before["own"]) == ("created", None, [])
    assert "Created" in layertui.text("ps", "-a")
    assert "kind_banzai" not in layertui.text("ps")


def test_start_makes_the_namespaces_and_puts_the_process_in_them(layertui):
    layertui.run("create", "-ti", "--name", "kind_banzai", "busybox", "sh")
    assert layertui.text("start", "kind_banzai") == "kind_banzai"
    row = ps(layertui, "kind_banzai")
    assert row["status"] == "running"
    after = layertui.json("namespaces", "kind_banzai")
    assert {"mnt", "pid", "net", "uts", "ipc"} <= set(after["own"])
    assert all(after["container"][kind] != after["host"][kind] for kind in after["own"])
    assert "Up" in layertui.text("ps")
    assert layertui.text("exec", "kind_banzai", "sh", "-c", "echo $$; hostname") != ""


def test_a_container_is_a_container_running_or_not(layertui):
    layertui.run("create", "-ti", "--name", "c1", "busybox", "sh")
    states = [("created", None), ("running", "start"), ("exited", "kill")]
    for state, verb in states:
        if verb:
            layertui.run(verb, "c1")
        if verb == "kill":
            layertui.run("wait", "c1", check=False)
        assert ps(layertui, "c1")["status"] == state
        layertui.run("write", "c1", f"/etc/{state}", stdin=state.encode())
        assert layertui.text("cat", "container:c1", f"/etc/{state}") == state
        assert f"A /etc/{state}" in layertui.text("diff", "c1").splitlines()
    assert [
        row["path"] for row in layertui.json("ls", "busybox", "/etc") if row["path"].startswith("/etc/created")
    ] == []


def test_what_it_wrote_and_how_it_ended_outlive_us(layertui):
    done = layertui.run("run", "--name", "c1", "busybox", "sh", "-c", "echo out; echo err >&2; exit 3", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    assert ps(layertui, "c1")["exit_code"] == 3
    said = layertui.run("logs", "c1")
    assert (said.stdout, said.stderr) == (b"out\n", b"err\n")
    assert layertui.run("wait", "c1", check=False).returncode == 3


def test_a_killed_one_says_137(layertui):
    layertui.run("run", "-d", "--name", "c1", "busybox", "sleep", "1000")
    layertui.run("kill", "c1")
    assert layertui.run("wait", "c1", check=False).returncode == 137
    assert ps(layertui, "c1")["status"] == "exited"


def test_stop_asks_first(layertui):
    layertui.run(
        "run",
        "-d",
        "--name",
        "c1",
        "busybox",
        "sh",
        "-c",
        "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done",
    )
    while "ready" not in layertui.text("logs", "c1"):
        time.sleep(0.05)
    layertui.run("stop", "c1")
    assert ps(layertui, "c1")["exit_code"] == 7


def test_a_plain_user_does_it_too(plain_user, tmp_path):
    plain = plain_user.layertui
    assert plain("demo", "--no-ui").returncode == 0
    made = plain("create", "-ti", "--name", "mine", "busybox", "sh")
    assert made.returncode == 0, made.stderr.decode()
    try:
        started = plain("start", "mine")
        assert started.returncode == 0, started.stderr.decode()
        own = json.loads(plain("--json", "namespaces", "mine").stdout)["own"]
        assert {"mnt", "pid", "net", "uts", "ipc", "user"} <= set(own)
        assert plain("exec", "mine", "id", "-u").stdout == b"0\n"
        assert plain("write", "mine", "/etc/motd", stdin=b"hello\n").returncode == 0
        assert plain("exec", "mine", "cat", "/etc/motd").stdout == b"hello\n"
    finally:
        plain("rm", "-f", "mine")


def test_a_command_that_is_not_there_is_127(layertui):
    done = layertui.run("run", "--name", "c1", "busybox", "no-such-command", check=False)
    assert done.returncode == 127
    assert done.stderr.decode().count("\n") == 1
    assert done.stderr.startswith(b"error: ")


def test_an_image_without_a_command_is_said_so(layertui, tmp_path):
    layertui.run("load", docker_archive(image([layer([])], tags=["bare:1"]), tmp_path / "bare.tar"))
    done = layertui.run("create", "bare:1", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
