"""What every network of a container's own must do, whichever program connects it and whichever runtime started it."""

import os
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from absent import absent, need
from builders import docker_archive
from containing import NAME, box, engine_at, options, require_runtime, runtimes
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.process_identity import stat_of
from layertui.core.containers.records.records import Records
from layertui.core.containers.runtimes.isolation.networks import KNOWN
from layertui.core.containers.runtimes.runtime import choose, connected_by
from layertui.core.errors import Conflict, LayertuiError, NotFound, RuntimeUnavailable, UsageError
from layertui.core.progress import quiet

pytestmark = pytest.mark.slow

LOOPBACK = "127.0.0.1"
SERVE = "while :; do echo served | nc -l -p 80; done"


@pytest.fixture(params=[(runtime, kind.name) for runtime in runtimes() for kind in KNOWN], ids=" ".join)
def place(request, tmp_path):
    """An engine on one runtime, and a network that works with it."""
    runtime, net = request.param
    require_runtime(runtime, tmp_path / "store")
    try:
        connected_by(net, choose(tmp_path / "store", runtime), tmp_path / "store")
    except RuntimeUnavailable as error:
        if os.geteuid() != 0 or (net == "pasta" and runtime != "bwrap"):
            pytest.skip(str(error))
        absent(str(error))
    return engine_at(tmp_path / "store", runtime), net


@pytest.fixture
def start(place):
    """Start a container in that network; each is removed at the end."""
    made, net = place
    names = []

    def begin(*command, **more):
        container = made.containers.create(
            made.images.open(NAME, None, quiet()), NAME, options(*command, **{"net": net, **more})
        )
        names.append(container.id)
        return made.containers.lifecycle.start(container.id)

    yield begin
    for name in names:
        with suppress(NotFound):
            made.containers.remove(name, force=True)


def free_port():
    with closing(socket.socket()) as listener:
        listener.bind((LOOPBACK, 0))
        return listener.getsockname()[1]


def asked(port, patience=10.0):
    """The answer at a port of this host, which may not be open at once."""
    end = time.monotonic() + patience
    while True:
        try:
            with socket.create_connection((LOOPBACK, port), 5) as connection:
                if said := connection.recv(100):
                    return said
        except OSError:
            pass
        if time.monotonic() > end:
            return b""
        time.sleep(0.05)


def connecting(store):
    """The processes that connect containers of a store: their working folder, or their parent's, is in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
                if b"--api-socket=network" in words or b"network.pid" in words:
                    parent = stat_of(int(entry.name)).parent
                    if any(str(store) in os.readlink(f"/proc/{pid}/cwd") for pid in (entry.name, parent)):
                        found.append(int(entry.name))
            except (OSError, AttributeError):
                continue
    return found


def nobody_connects(store):
    end = time.monotonic() + 10
    while connecting(store):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_published_port_leads_into_the_container(start):
    port = free_port()
    container = start("sh", "-c", SERVE, ports=(Port(own=80, host=port, ip=LOOPBACK),))
    assert [str(one) for one in container.published] == [f"{LOOPBACK}:{port}->80/tcp"]
    assert asked(port) == b"served\n"


def test_a_port_nobody_chose_is_a_free_one(start):
    container = start("sh", "-c", SERVE, ports=(Port(own=80, ip=LOOPBACK),))
    assert asked(container.published[0].host) == b"served\n"


def test_a_port_that_is_taken_is_reported(start):
    with closing(socket.socket()) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Conflict, match=f"cannot publish port {LOOPBACK}:{port}->80/tcp: Address already in use"):
            start("sleep", "60", ports=(Port(own=80, host=port, ip=LOOPBACK),))


def test_a_restart_brings_the_ports_again(place, start):
    port = free_port()
    container = start("sh", "-c", SERVE, ports=(Port(own=80, host=port, ip=LOOPBACK),))
    assert asked(port) == b"served\n"
    again = place[0].containers.lifecycle.restart(container.id, 0)
    assert again.published == container.published
    assert asked(port) == b"served\n"
    place[0].containers.lifecycle.stop(container.id, 0)
    assert asked(port, patience=0) == b""


ASK_THE_GATEWAY = "set -- $(busybox ip route show default); sleep 2 | nc -w 10 $3 $PORT"


def test_what_listens_on_the_hosts_loopback_is_not_reached(start, place):
    with closing(socket.socket()) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        listener.setblocking(False)
        script = ASK_THE_GATEWAY.replace("-w 10", "-w 2")
        container = start("sh", "-c", script, env=(f"PORT={listener.getsockname()[1]}",))
        place[0].containers.lifecycle.wait(container.id)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_it_is_reached_at_the_gateway_where_that_is_asked_for(start, place):
    kind = next(one for one in KNOWN if one.name == place[1])
    option = next(option for option, opens in kind.options.items() if opens)
    need("busybox")
    with closing(socket.socket()) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        listener.settimeout(20)
        port = listener.getsockname()[1]
        container = start("sh", "-c", ASK_THE_GATEWAY, net=f"{place[1]}:{option}", env=(f"PORT={port}",))
        connection = listener.accept()[0]
        connection.sendall(b"the host\n")
        connection.close()
        place[0].containers.lifecycle.wait(container.id)
        assert [line.text for line in place[0].containers.output.logs(container.id)] == [b"the host\n"]


def test_it_asks_for_names_where_the_network_answers(start, place):
    kind = next(one for one in KNOWN if one.name == place[1])
    container = start("cat", "/etc/resolv.conf")
    place[0].containers.lifecycle.wait(container.id)
    said = b"".join(line.text for line in place[0].containers.output.logs(container.id)).decode()
    assert said.splitlines()[-1] == f"nameserver {kind.nameserver}"


def test_a_user_of_a_terminal_is_connected_too(start, place):
    container = start("sh", "-c", "grep -c : /proc/net/dev", tty=True)
    place[0].containers.lifecycle.wait(container.id)
    assert [line.text for line in place[0].containers.output.logs(container.id)] == [b"2\r\n"]


def test_a_command_that_is_not_there_leaves_nothing(start, place, tmp_path):
    with pytest.raises(LayertuiError, match="executable file not found"):
        start("nope")
    assert nobody_connects(tmp_path / "store")


@pytest.mark.parametrize("end", ["stop", "remove", "kill the shim"])
def test_what_connects_it_ends_with_it(start, place, tmp_path, end):
    made, store = place[0], tmp_path / "store"
    container = start("sleep", "60")
    assert connecting(store)
    if end == "stop":
        made.containers.lifecycle.stop(container.id, 0)
    elif end == "remove":
        made.containers.remove(container.id, force=True)
    else:
        os.kill(Records(store / "containers").life(container.id).shim.pid, signal.SIGKILL)
    assert nobody_connects(store)


def test_default_is_the_first_that_works(place, tmp_path):
    made, _ = place
    container = made.containers.create(
        made.images.open(NAME, None, quiet()),
        NAME,
        options("sleep", "60", net="default", ports=(Port(own=80, ip=LOOPBACK),)),
    )
    try:
        assert container.net == "default"
        assert made.containers.lifecycle.start(container.id).net in [kind.name for kind in KNOWN]
    finally:
        made.containers.remove(container.id, force=True)
    assert [one.name for one in made.containers.survey.networks()] == [kind.name for kind in KNOWN]
    assert any(one.reason is None for one in made.containers.survey.networks())


@pytest.mark.parametrize(
    ("net", "port", "why"),
    [
        ("bridge", None, "not a network known"),
        ("none", Port(own=80), "without a network"),
        ("slirp4netns", Port(own=80, ip="::1"), "IPv4 addresses only"),
    ],
)
def test_what_no_network_can(tmp_path, net, port, why):
    made = engine_at(tmp_path / "store")
    with pytest.raises(UsageError, match=why):
        made.containers.create(
            made.images.open(NAME, None, quiet()), NAME, options("true", net=net, ports=(port,) if port else ())
        )


def test_a_network_whose_program_is_missing_is_reported_with_its_package(tmp_path, monkeypatch):
    made = engine_at(tmp_path / "store", "bwrap")
    container = made.containers.create(made.images.open(NAME, None, quiet()), NAME, options("true", net="pasta"))
    monkeypatch.setattr("layertui.core.containers.runtimes.isolation.networks.shutil.which", lambda name: None)
    with pytest.raises(RuntimeUnavailable, match="pasta: not found; install the package passt"):
        made.containers.lifecycle.start(container.id)


def test_a_plain_user_is_connected_or_learns_what_to_open(plain_user, tmp_path):
    need("slirp4netns")
    plain_user.layertui("load", stdin=docker_archive(box(), tmp_path / "box.tar").read_bytes())
    done = plain_user.layertui("run", "--rm", "-p", f"{LOOPBACK}::80", NAME, "grep", "-c", ":", "/proc/net/dev")
    if os.access("/dev/net/tun", os.R_OK | os.W_OK) and os.stat("/dev/net/tun").st_mode & 0o006 == 0o006:
        assert done.stdout == b"2\n"
        return
    assert done.returncode == 125
    assert b"error: network default does not work here: " in done.stderr
    assert b"/dev/net/tun" in plain_user.layertui("engines", "-v").stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's mounts reach the host's")
def test_mounts_of_the_host_stay(place, start, tmp_path):
    """As those of Docker's containers are: below a mount that is shared. The sandbox of slirp4netns detached them."""
    outer = tmp_path / "shared"
    outer.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "shared", outer], check=True)
    try:
        subprocess.run(["mount", "--make-shared", outer], check=True)
        inner = outer / "inner"
        inner.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "inner", inner], check=True)
        container = start("sleep", "600")
        assert inner.is_mount()
        place[0].containers.lifecycle.stop(container.id, 0)
        assert inner.is_mount()
    finally:
        subprocess.run(["umount", "--recursive", outer], check=True)
