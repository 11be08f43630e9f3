"""Podman's connections: engines by their names, and what is meant by `podman`."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from layertui.core.bounds import Bounds, set_bounds
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


def destination(path, **uris):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f'[engine.service_destinations.{name}]\nuri = "{uri}"\n' for name, uri in uris.items()))


def test_those_of_all_users_and_drop_ins_the_strongest_last(clients, tmp_path):
    """The order of containers.conf(5): /usr/share, /etc, what is in its folder by name, then the user's."""
    usr, etc, own = tmp_path / "usr", tmp_path / "etc", clients.config_home / "containers"
    destination(usr / "containers.conf", a="1", b="1", c="1", d="1", old="1")
    destination(etc / "containers.conf", b="2", c="2", d="2", old="2")
    destination(etc / "containers.conf.d/10.conf", c="3", d="3", old="3")
    destination(etc / "containers.conf.d/20.conf", d="4")
    destination(etc / "containers.conf.d/30.conf.off", d="5", e="5")
    destination(own / "containers.conf.d/x.conf", f="6")
    for_all = replace(clients, system_containers=(usr, etc))
    uris = {name: one.uri for name, one in podman_connections(for_all).by_name.items()}
    assert uris == {
        "a": "1",
        "b": "2",
        "c": "3",
        "d": "4",
        "f": "6",
        "old": "ssh://old/run/podman/podman.sock",
        "both": FAR,
    }
    destination(tmp_path / "over.conf", a="7")
    assert podman_connections(replace(for_all, containers_conf_override=tmp_path / "over.conf")).by_name["a"].uri == "7"
    assert [*podman_connections(replace(for_all, containers_conf=tmp_path / "over.conf")).by_name] == ["a", "both"]


def test_the_default_one_of_all_users(clients, tmp_path):
    (clients.config_home / "containers/podman-connections.json").unlink()
    destination(tmp_path / "etc/containers.conf", all="ssh://all")
    (tmp_path / "etc/containers.conf.d").mkdir()
    (tmp_path / "etc/containers.conf.d/1.conf").write_text('engine.active_service = "all"')
    for_all = replace(clients, system_containers=(tmp_path / "etc",))
    assert podman_connections(for_all).default == "old"  # the user's own is stronger
    (clients.config_home / "containers/containers.conf").write_text("engine.active_service = 7")
    assert podman_connections(for_all).default == "all"


def test_files_of_all_users_are_read_within_one_limit(clients, tmp_path):
    folder = tmp_path / "etc/containers.conf.d"
    for number in range(9):
        destination(folder / f"{number}.conf", **{f"n{number}": "u" * 1000})
    (folder / "a.conf").mkdir()
    os.mkfifo(folder / "b.conf")
    set_bounds(Bounds(json=3500))
    found = podman_connections(replace(clients, system_containers=(tmp_path / "etc",)))
    assert [*found.by_name] == ["n0", "n1", "n2", "both"]
    set_bounds(Bounds(json=1 << 20))
    found = podman_connections(replace(clients, system_containers=(tmp_path / "etc",)))
    assert {"n8", "old", "both"} <= {*found.by_name}


def test_the_environment_has_the_folders_of_this_machine(monkeypatch):
    monkeypatch.undo()  # of what keeps tests apart from them
    found = ClientEnvironment.of({"CONTAINERS_CONF_OVERRIDE": "/over"})
    assert found.system_containers == (Path("/usr/share/containers"), Path("/etc/containers"))
    assert found.containers_conf_override == Path("/over")


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
