"""Volumes and ports by the verbs that show and remove them."""

import json

import pytest

from builders import docker_archive
from containing import box

pytestmark = pytest.mark.slow


@pytest.fixture
def loaded(layertui, tmp_path):
    layertui.run("load", docker_archive(box(), tmp_path / "box.tar"))
    return layertui


def test_a_volume_is_seen_and_removed(loaded):
    loaded.run("create", "--name", "c1", "-v", "kept:/srv", "-v", "/own", "box:1")
    (row,) = loaded.json("df", "-v")["volumes"]["each"]
    assert row == {"name": "kept", "size": len("new page"), "containers": ["c1"]}
    assert loaded.text("df", "-v").splitlines()[-1].split() == ["kept", "1", "8B"]
    (found,) = loaded.json("inspect", "kept")
    assert found["Name"] == "kept"
    assert found["Mountpoint"].endswith("volumes/kept")
    assert loaded.json("inspect", "--type", "volume", "kept") == [found]
    (container,) = loaded.json("inspect", "c1")
    assert container["HostConfig"]["Binds"] == ["kept:/srv"]
    assert container["Config"]["Volumes"] == {"/own": {}}
    assert [(one["Type"], one["Name"], one["Source"], one["Destination"]) for one in container["Mounts"]] == [
        ("volume", "kept", found["Mountpoint"], "/srv"),
        ("volume", "", "", "/own"),
    ]
    refused = loaded.run("gc", "--volume", "kept", check=False)
    assert (refused.returncode, b"in use by c1" in refused.stderr) == (1, True)
    loaded.run("rm", "-v", "c1")
    loaded.run("gc")
    assert loaded.json("df")["volumes"]["count"] == 1
    assert loaded.text("gc", "--volume", "kept") == "kept"
    assert loaded.json("df")["volumes"]["count"] == 0
    assert loaded.run("inspect", "kept", check=False).returncode == 1


PORTS = ("8080:80", "127.0.0.1:53:53/udp", "[::1]:9000:90", "81", "7000-7001:70-71")


def test_ports_are_written_as_docker_writes_them(loaded, docker, tmp_path):
    docker.run("load", "-i", docker_archive(box(), tmp_path / "box.tar"))
    words = ["create", "--name", "c1", *(word for port in PORTS for word in ("-p", port)), "box:1"]
    try:
        said = []
        for who in (loaded, docker):
            who.run(*words)
            (found,) = json.loads(who.text("inspect", "c1"))
            said.append(found["HostConfig"]["PortBindings"])
            assert found["NetworkSettings"]["Ports"] == {}
    finally:
        docker.run("rm", "-f", "c1", check=False)
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["-p", "x"], 2, b"invalid port 'x'"),
        (["--net", "none", "-p", "80"], 2, b"without a network"),
        (["--net", "bridge"], 2, b"not a network known here"),
        (["-v", "n:/x"], 2, b"not a volume name"),
        (["--memory-swap", "64m"], 2, b"-m"),
    ],
)
def test_what_cannot_be_asked_for(loaded, words, code, line):
    done = loaded.run("create", *words, "box:1", check=False)
    assert (done.returncode, done.stdout) == (code, b"")
    assert line in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_ports_of_the_hosts_own_network_are_none(loaded):
    done = loaded.run("create", "--net", "host", "-p", "80:80", "box:1")
    assert b"published ports are discarded" in done.stderr
