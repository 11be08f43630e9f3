"""What five daemons answered of the same containers, as Containers."""

import io
import json
from pathlib import Path

import pytest

from layertui.core.containers.model.container import SHM_SIZE, State
from layertui.core.containers.model.mounts import Mount
from layertui.core.containers.model.resource_limits import Limits
from layertui.core.engines.daemon.api_json.container_json import container_of
from layertui.core.oci.digest import Digest

ANSWERS = Path(__file__).parent / "answers"
DAEMONS = ["docker_20", "docker_26", "docker_26_containerd", "podman_4", "podman_5"]
DOCKERS = [name for name in DAEMONS if name.startswith("docker")]


def answered(daemon, name):
    found = json.loads((ANSWERS / f"{daemon}.json").read_text())[name]
    return container_of(found, Digest(found["Image"]), local=True), found


@pytest.mark.parametrize("daemon", DAEMONS)
def test_what_has_ended(daemon):
    container, _ = answered(daemon, "exit")
    assert (container.name, container.state, container.exit_code, container.pid) == ("exit", State.EXITED, 3, 0)
    assert container.command == ("sh", "-c", "exit 3")
    assert container.created.startswith("2026-12-01T14:28")
    assert container.started is not None
    assert container.finished is not None
    assert container.image.endswith("box:1")
    assert container.net == "none"


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_command_of_one_word_is_not_doubled(daemon):
    container, found = answered(daemon, "tty")
    assert container.command == ("sh",)
    if daemon.startswith("podman"):
        assert found["Args"] == ["sh"], "then Podman has mended it"
    assert (container.options.tty, container.options.interactive) == (True, True)


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_pid_of_another_host_is_not_shown(daemon):
    _, found = answered(daemon, "tty")
    assert found["State"]["Pid"] > 0
    # No process of this machine is in a control group of this name.
    container = container_of({**found, "Id": "e" * 64}, Digest(found["Image"]), local=True)
    assert (container.state, container.pid) == (State.RUNNING, None)


def test_a_pid_of_this_host_is_shown(monkeypatch):
    monkeypatch.setattr("builtins.open", lambda *_, **__: io.StringIO(f"0::/docker/{'e' * 64}\n"))
    found = {"Id": "e" * 64, "State": {"Status": "running", "Pid": 5}}
    digest = Digest(f"sha256:{'0' * 64}")
    assert container_of(found, digest, local=True).pid == 5
    assert container_of(found, digest, local=False).pid is None


@pytest.mark.parametrize("daemon", DAEMONS)
def test_what_could_not_be_started(daemon):
    container, _ = answered(daemon, "nf")
    assert (container.state, container.started, container.finished) == (State.CREATED, None, None)
    if daemon.startswith("docker"):
        assert container.exit_code == 127
        assert "executable file not found" in container.reason


@pytest.mark.parametrize("daemon", DAEMONS)
def test_what_it_was_created_with(daemon):
    container, _ = answered(daemon, "full")
    options = container.options
    assert {"A=b", "C=d e"} <= set(options.env)
    assert (options.user, options.working_dir, options.hostname) == ("0:0", "/root", "hh")
    assert options.labels == {"k": "v"}
    assert (options.stop_signal, options.stop_timeout, container.stop_signal) == ("SIGINT", 3, "SIGINT")
    assert (options.cap_add, options.cap_drop, options.groups) == (("CAP_NET_ADMIN",), ("CAP_CHOWN",), ("5",))
    assert (options.read_only, options.no_new_privileges, options.confined, options.shm_size) == (
        True,
        True,
        True,
        SHM_SIZE // 2,
    )
    mounts = {mount.target: mount for mount in options.mounts}
    assert mounts["/data"] == Mount(kind="volume", target="/data", source="vol")
    assert mounts["/mem"] == Mount(kind="tmpfs", target="/mem", size=1 << 20, mode=0o700)
    assert (mounts["/host"].source, mounts["/host"].read_only) == ("/host/folder", True)
    assert (mounts["/anon"].kind, len(mounts["/anon"].source)) == ("volume", 64)
    assert options.limits.pids == 100


@pytest.mark.parametrize("daemon", DOCKERS)
def test_limits_and_an_init(daemon):
    options = answered(daemon, "full")[0].options
    assert options.limits == Limits(memory=64 << 20, swap=128 << 20, nano_cpus=5 * 10**8, pids=100)
    assert (options.init, options.log_size) == (True, 1 << 20)
    assert [str(port) for port in options.ports] == ["127.0.0.1:8099->80/tcp"]


@pytest.mark.parametrize(
    ("spelled", "state"),
    [
        ("restarting", State.RUNNING),
        ("removing", State.DEAD),
        ("initialized", State.CREATED),
        ("stopped", State.EXITED),
    ],
)
def test_states_that_we_have_no_word_for(spelled, state):
    found = {"Id": "f" * 64, "State": {"Status": spelled}}
    assert container_of(found, Digest(f"sha256:{'0' * 64}"), local=True).state is state


@pytest.mark.parametrize("found", [{}, {"Id": 5}, {"Id": ""}])
def test_what_has_no_id_is_no_container(found):
    with pytest.raises(ValueError, match="ID"):
        container_of(found, Digest(f"sha256:{'0' * 64}"), local=True)


def test_values_of_other_types_count_as_missing():
    found = {
        "Id": "f" * 64,
        "Name": 7,
        "State": {"Status": "exited", "ExitCode": "x", "StartedAt": 5, "Pid": True},
        "Config": {"Env": "A=b", "Labels": {"a": 1}, "Cmd": [1, "x"], "StopTimeout": None},
        "HostConfig": {"PortBindings": {"x/tcp": [{}], "80/tcp": None}, "Tmpfs": {"/a": 1}, "LogConfig": []},
        "Mounts": [1, {"Type": "bind"}],
        "NetworkSettings": None,
    }
    container = container_of(found, Digest(f"sha256:{'0' * 64}"), local=True)
    assert (container.name, container.exit_code, container.started) == ("", 0, None)
    assert (container.options.labels, container.options.mounts, container.options.ports) == ({}, (), ())
    assert container.command == ("x",)
