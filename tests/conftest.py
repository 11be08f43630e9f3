"""Fixtures for every test: a home and a store of its own, and the real peers that some compare with."""

import gc
import inspect
import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

import peer_containerd
import peer_registries
import peer_users
import peers
import sampling
from absent import absent, pytest_terminal_summary  # noqa: F401 - a hook
from late import PEERS, PEERS_OF_13, Failures
from layertui.core import client_environment, ownership
from layertui.core.bounds import Bounds, set_bounds
from layertui.core.engines.daemon import endpoints
from leftovers import NOTED, left_behind, note
from peer_daemons import DAEMONS, Daemon

# The daemons of Debian 12 and the registries are started by one worker, those of Debian 13 by another.
GROUPS = {
    **dict.fromkeys(
        ("docker", "containerd", "podman", "podman_rootless", "registry", "registry_tls", "registry_token"), PEERS
    ),
    **dict.fromkeys(("docker_26", "docker_26_containerd", "podman_5"), PEERS_OF_13),
}
TOOLS = frozenset({"skopeo", "umoci", "runc", "crun", "tmux", "chromium"})
_numbers = count(1)
T = TypeVar("T")

# How long an example takes is no matter of a test; fewer or more examples: --hypothesis-profile=quick or long.
# A sample has its share of examples as well: other ones each time.
settings.register_profile(
    "layertui",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=100 // sampling.SHARE if sampling.seed() else 100,
)
settings.register_profile("quick", settings.get_profile("layertui"), max_examples=10)
settings.register_profile("long", settings.get_profile("layertui"), max_examples=2_000)
settings.load_profile("layertui")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the sample, and keep how failures came about, in the process that all workers report to."""
    config.pluginmanager.register(sampling.Sample())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Failures(config))


_MARKS_OF_FILE = re.compile(r"^pytestmark = (?:\[.*?\]$|.*?$)", re.MULTILINE | re.DOTALL)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a file all of whose tests are left out by a mark: importing it and rewriting its assertions takes most of a second."""
    unwanted = re.findall(r"\bnot (\w+)", config.option.markexpr)
    if not unwanted or re.search(r"\bor\b|[()]", config.option.markexpr) or not collection_path.match("test_*.py"):
        return None
    marks = _MARKS_OF_FILE.search(collection_path.read_text())
    return True if marks is not None and re.search(rf"\bmark\.(?:{'|'.join(unwanted)})\b", marks[0]) else None


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Count what the containers of all tests have left when the last test is over."""
    yield
    assert not left_behind(tmp_path_factory.getbasetemp(), noted=NOTED)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Note the containers of a test whose folder goes with it."""
    if isinstance(item, pytest.Function) and "tmp_path" in item.funcargs:
        note(item.funcargs["tmp_path"])


@pytest.fixture(autouse=True)
def _apart_from_the_user(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep a test away from the user's own store, settings and engines."""
    home = _homes / str(next(_numbers))
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LAYERTUI_STORE", str(home / "store"))
    set_bounds(Bounds())
    ownership.forget()
    for name in (
        "LAYERTUI_ENGINE",
        "LAYERTUI_RUNTIME",
        "LAYERTUI_TRUST_STORE",
        "DOCKER_CONTEXT",
        "CONTAINER_HOST",
        "CONTAINERD_NAMESPACE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/no-docker.sock")
    monkeypatch.setenv("LAYERTUI_CONTAINERD", f"{home}/no-containerd")
    monkeypatch.setenv("CONTAINERS_CONF", os.devnull)  # of processes, which would read this machine's
    monkeypatch.setattr(client_environment, "_SYSTEM_CONTAINERS", ())
    monkeypatch.setattr(endpoints, "_DOCKER_SOCKET", home / "no-docker.sock")
    monkeypatch.setattr(endpoints, "_PODMAN_SOCKET", home / "no-podman.sock")
    yield
    set_bounds(Bounds())  # a module's fixture is made before the next test's, under what this one left
    if not home.is_dir() or os.listdir(home):  # most tests leave it empty, and to remove that takes longer than they do
        note(home)
        shutil.rmtree(home, ignore_errors=True)


_THRESHOLD = gc.get_threshold()


@pytest.fixture(autouse=True)
def _garbage_is_found() -> Iterator[None]:
    """What a verb or a screen does to the collector, it does to a process of its own: here garbage would keep its files open."""
    yield
    gc.set_threshold(*_THRESHOLD)
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def lower() -> Callable[..., None]:
    """Lower limits for the test, where it does not begin with a verb: `lower(entries=5)`."""
    return lambda **bounds: set_bounds(Bounds()._replace(**bounds))


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    """Give a folder for an embedded store that is not there yet."""
    return tmp_path / "store"


@pytest.fixture
def layertui(store_folder: Path) -> peers.Program:
    """Give our own program on a new store: `layertui.run(…)`, `.text(…)`, `.json(…)`."""
    return peers.program(store_folder)


@pytest.fixture
def other_host(tmp_path: Path) -> peers.Program:
    """Give it on a second store: the other host."""
    return peers.program(tmp_path / "other-store")


# ---------------------------------------------------------------- real peers

_LONGEST = (
    300  # seconds that a test with a real peer may take: what such a peer never answers must not hold up all others
)


@pytest.fixture(autouse=True)
def _not_for_ever(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("oracle") is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"the test took more than {_LONGEST} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_LONGEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


SCREENS = "it drives the screens, whose answers come from threads and timers"
"""Why every test that is a coroutine, or takes a picture, may be late: what comes in an order that only a busy machine brings."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests that want a daemon to one xdist worker, so that each daemon starts once; keep why a test may be late."""
    for item in items:
        drives = inspect.iscoroutinefunction(getattr(item, "function", None)) or "snap_compare" in getattr(
            item, "fixturenames", ()
        )
        if drives and item.get_closest_marker("late") is None:
            item.add_marker(pytest.mark.late(SCREENS))
        if (late := item.get_closest_marker("late")) is not None:
            item.user_properties.append(("late", late.args[0]))
        wanted = set(getattr(item, "fixturenames", ()))
        groups = sorted({GROUPS[name] for name in wanted & GROUPS.keys()})
        if groups or wanted & TOOLS:
            item.add_marker("oracle")
        if groups:
            item.add_marker(pytest.mark.xdist_group(groups[0]))


def _lent(peer: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """Lend a peer for the session, or say why there is none."""
    lease = peer()
    try:
        lent = lease.__enter__()
    except peers.NotThisUser as reason:
        pytest.skip(str(reason))
    except peers.Missing as missing:
        absent(str(missing))
    try:
        yield lent
    finally:
        lease.__exit__(None, None, None)


def _found(name: str) -> peers.Tool:
    try:
        return peers.bwrap() if name == "bwrap" else peers.tool(name)
    except peers.Missing as missing:
        absent(str(missing))


@pytest.fixture(scope="session")
def docker() -> Iterator[Daemon]:
    """Lend the machine's dockerd; `docker.run(…)`, `docker.text(…)`, `docker.address`."""
    yield from _lent(DAEMONS["docker-20"])


@pytest.fixture(scope="session")
def docker_26() -> Iterator[Daemon]:
    """Lend Debian 13's dockerd, with its classic store."""
    yield from _lent(DAEMONS["docker-26"])


@pytest.fixture(scope="session")
def docker_26_containerd() -> Iterator[Daemon]:
    """Lend Debian 13's dockerd, with containerd's store: the ID of an image is its manifest's digest."""
    yield from _lent(DAEMONS["docker-26-containerd"])


@pytest.fixture(scope="session")
def podman() -> Iterator[Daemon]:
    """Lend the machine's podman service, of root."""
    yield from _lent(DAEMONS["podman-4"])


@pytest.fixture(scope="session")
def podman_5() -> Iterator[Daemon]:
    """Lend Debian 13's podman service, of root."""
    yield from _lent(DAEMONS["podman-5"])


@pytest.fixture(scope="session")
def podman_rootless() -> Iterator[Daemon]:
    """Lend the machine's podman service, of a plain user."""
    yield from _lent(DAEMONS["podman-rootless"])


@pytest.fixture(scope="session")
def containerd() -> Iterator[peer_containerd.Containerd]:
    """Lend the machine's containerd; `containerd.ctr.run(…)`, `containerd.root`."""
    yield from _lent(peer_containerd.containerd)


@pytest.fixture(scope="session")
def registry() -> Iterator[peer_registries.Registry]:
    """Lend a registry on loopback, plain HTTP and open to all."""
    yield from _lent(peer_registries.registry)


@pytest.fixture(scope="session")
def registry_tls() -> Iterator[peer_registries.Registry]:
    """Lend a registry that asks for a password, over TLS."""
    yield from _lent(peer_registries.registry_tls)


@pytest.fixture(scope="session")
def registry_token() -> Iterator[peer_registries.Registry]:
    """Lend a registry that asks for tokens, and the server that signs them."""
    yield from _lent(peer_registries.registry_token)


@pytest.fixture(scope="session")
def plain_user() -> Iterator[peer_users.PlainUser]:
    """Lend an unprivileged account; `plain_user.layertui(…)` runs our program as it."""
    yield from _lent(peer_users.plain_user)


@pytest.fixture(scope="session")
def lone_user() -> Iterator[peer_users.PlainUser]:
    """Lend a user who has only one user ID."""
    yield from _lent(peer_users.lone_user)


@pytest.fixture(scope="session")
def skopeo(tmp_path_factory: pytest.TempPathFactory) -> peers.Tool:
    """Find skopeo; it trusts every image."""
    policy = tmp_path_factory.mktemp("skopeo") / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    found = _found("skopeo")
    return peers.Tool((*found.argv, "--policy", str(policy)))


@pytest.fixture(scope="session")
def umoci() -> peers.Tool:
    """Find umoci."""
    return _found("umoci")


@pytest.fixture(scope="session")
def runc() -> peers.Tool:
    """Find runc."""
    return _found("runc")


@pytest.fixture(scope="session")
def crun() -> peers.Tool:
    """Find crun."""
    return _found("crun")


@pytest.fixture(scope="session")
def bwrap() -> peers.Tool:
    """Find a bubblewrap that lays overlays."""
    return _found("bwrap")


@pytest.fixture(scope="session")
def chromium() -> peers.Tool:
    """Find Chromium."""
    return _found("chromium")


@pytest.fixture(scope="session")
def tmux() -> peers.Tool:
    """Find tmux."""
    return _found("tmux")


@pytest.fixture(scope="session")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a root filesystem of the machine's busybox, else of its own tools."""
    from containing import programs_tree

    folder = tmp_path_factory.mktemp("busybox")
    try:
        return peers.busybox_tree(folder)
    except peers.Missing:
        return programs_tree(folder)
