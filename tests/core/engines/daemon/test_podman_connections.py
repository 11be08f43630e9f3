"""Podman's connections: engines by their names, and what is meant by `podman`."""

import json
import os
from dataclasses import replace

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.daemon.endpoints import endpoints
from layertui.core.engines.daemon.podman_connections import PodmanConnection, podman_connections

FAR = "ssh://ann@far:22/run/user/1000/podman/podman.sock"
CONF = """
[engine]
active_service = "old"
[engine.service_destinations]
[engine.service_destinations.old]
uri = "ssh://old/run/podman/podman.sock"
identity = "/keys/old"
[engine.service_destinations.both]
uri = "ssh://not/this"
[engine.service_destinations.broken]
uri = 7
"""
NEWER = {"Connection": {"Default": "both", "Connections": {"both": {"URI": FAR, "Identity": "/keys/id"}, "x": 3}}}


@pytest.fixture
def clients(tmp_path):
    folder = tmp_path / "config/containers"
    folder.mkdir(parents=True)
    (folder / "containers.conf").write_text(CONF)
    (folder / "podman-connections.json").write_text(json.dumps(NEWER))
    return ClientEnvironment.of({"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": ""})


def test_those_of_both_files(clients):
    found = podman_connections(clients)
    assert found.by_name == {
        "old": PodmanConnection("ssh://old/run/podman/podman.sock", "/keys/old"),
        "both": PodmanConnection(FAR, "/keys/id"),
    }
    assert found.default == "both"
    (clients.config_home / "containers/podman-connections.json").unlink()
    assert podman_connections(clients).default == "old"


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"[engine", b"{", b'{"Connection": 3}', b"engine = 3"])
def test_files_that_cannot_be_understood_have_none(clients, content):
    for name in ("containers.conf", "podman-connections.json"):
        (clients.config_home / "containers" / name).write_bytes(content)
    assert podman_connections(clients) == ({}, "")


def test_a_pipe_is_not_waited_for(clients):
    for name in ("containers.conf", "podman-connections.json"):
        path = clients.config_home / "containers" / name
        path.unlink()
        os.mkfifo(path)
    assert podman_connections(clients) == ({}, "")


def test_tables_in_tables(clients):
    (clients.config_home / "containers/containers.conf").write_text("x = " + "[" * 100_000)
    assert "both" in podman_connections(clients).by_name


def test_other_files_by_the_environment(clients, tmp_path):
    (tmp_path / "other.conf").write_text('[engine.service_destinations.o]\nuri = "ssh://o"\n')
    (tmp_path / "other.json").write_text(json.dumps({"Connection": {"Connections": {"n": {"URI": "unix:///n"}}}}))
    named = replace(clients, containers_conf=tmp_path / "other.conf", podman_connections=tmp_path / "other.json")
    assert podman_connections(named).by_name == {"o": PodmanConnection("ssh://o"), "n": PodmanConnection("unix:///n")}


def test_each_is_an_engine(clients):
    found = endpoints(clients)
    assert [*found] == ["docker", "podman", "old", "both"]
    assert (found["both"].kind, found["both"].address, found["both"].ssh_key) == ("podman", FAR, "/keys/id")


def test_what_podman_means(clients, tmp_path):
    assert endpoints(clients)["podman"].address == FAR  # the default one, where this machine has no Podman
    program = replace(clients, podman=tmp_path / "podman")
    assert endpoints(program)["podman"].service is not None
    named = replace(program, container_connection="old")
    assert endpoints(named)["podman"].address == "ssh://old/run/podman/podman.sock"
    assert "no such connection" in endpoints(replace(clients, container_connection="gone"))["podman"].problem
    host = replace(named, container_host="ssh://host/x", container_sshkey="/k")
    assert (endpoints(host)["podman"].address, endpoints(host)["podman"].ssh_key) == ("ssh://host/x", "/k")
