"""Our engines on real daemons, for the contracts: each test finds the same images in them, and no container and no volume."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from builders import BuiltImage, docker_archive
from late import PEERS, PEERS_OF_13
from layertui.core.engines.daemon.daemon_engine import daemon_engine
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.engines.engine import Engine
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.settings import Settings
from peer_daemons import Daemon

FIXTURES = {
    "docker-20": "docker",
    "docker-26": "docker_26",
    "docker-26-containerd": "docker_26_containerd",
    "podman-4": "podman",
    "podman-5": "podman_5",
}
"""The fixture that lends the daemon of each."""
UNREADABLE = ("docker-26-containerd",)
"""Those that do not say where the folder of a container's writable layer is."""
API = "1.41"
"""Of Docker 20.10; all of them speak it."""


def each_daemon(
    form: str = "{}", without: Sequence[str] = (), not_yet: Mapping[str, str] = MappingProxyType({})
) -> Sequence[Any]:
    """They as parameters, without those whose names begin so; those whose names begin like a key of `not_yet` may fail."""
    named = [name for name in FIXTURES if not name.startswith(tuple(without))]
    return [pytest.param(form.format(name), marks=[*_marks(name), *_may_fail(name, not_yet)]) for name in named]


def _marks(name: str) -> Sequence[pytest.MarkDecorator]:
    group = PEERS if name in ("docker-20", "podman-4") else PEERS_OF_13
    late = pytest.mark.late("a real daemon beside other work: what it does may come too late")
    return (pytest.mark.oracle, pytest.mark.slow, pytest.mark.xdist_group(group), late)


def _may_fail(name: str, not_yet: Mapping[str, str]) -> Sequence[pytest.MarkDecorator]:
    return [
        pytest.mark.xfail(reason=reason, strict=False) for begin, reason in not_yet.items() if name.startswith(begin)
    ]


@contextmanager
def lent(request: pytest.FixtureRequest, name: str, folder: Path, *built: BuiltImage):
    """The engine of a daemon that has these images and nothing else; `folder` is for its settings and caches."""
    daemon: Daemon = request.getfixturevalue(FIXTURES[name])
    with api(daemon) as sdk:
        clear(sdk)
        _provide(sdk, daemon, built, folder)
    try:
        yield engine_on(daemon, folder)
    finally:
        with api(daemon) as sdk:
            clear(sdk)


def engine_on(daemon: Daemon, folder: Path) -> Engine:
    """Our engine for a daemon."""
    catalog = Catalog(folder / "cache")
    settings = Settings(store=folder / "store", engine=daemon.kind)
    return daemon_engine(Endpoint(daemon.kind, daemon.kind, daemon.address), settings, lambda: catalog)


@contextmanager
def api(daemon: Daemon):
    """Docker's SDK: quicker than a process of its client for each request."""
    from docker.api.client import APIClient

    sdk = APIClient(daemon.address, API, timeout=60)
    try:
        yield sdk
    finally:
        sdk.close()


def clear(sdk):
    """Leave no container and no volume."""
    from docker.errors import APIError, NotFound

    for container in sdk.containers(all=True):
        for end in (sdk.unpause, sdk.kill):  # a removal by force would give it ten seconds to end
            with suppress(APIError):
                end(container["Id"])
        with suppress(NotFound):
            sdk.remove_container(container["Id"], force=True, v=True)
    for volume in sdk.volumes()["Volumes"] or ():
        with suppress(NotFound):
            sdk.remove_volume(volume["Name"], force=True)


def remove_images(sdk):
    """Leave no image."""
    from docker.errors import APIError

    for _ in range(5):  # one that another was made of goes after it
        for image in sdk.images():
            with suppress(APIError):
                sdk.remove_image(image["Id"], force=True)
    assert not sdk.images(), "images that cannot be removed"


_provided: dict[Path, tuple[tuple[BuiltImage, ...], object]] = {}
"""For each daemon's folder the images that were loaded last, and what its list was then."""


def _provide(sdk, daemon, built, folder):
    """These images and no others; they are loaded again where the test before has made or renamed one."""
    if _provided.get(daemon.folder) == (built, _listed(sdk)):
        return
    remove_images(sdk)
    # With the registry that docker means by a bare name: Podman would take it as one of localhost.
    named = [one.tagged(*(f"docker.io/library/{tag}" for tag in one.tags)) for one in built]
    daemon.docker.run("load", "-i", docker_archive(named, folder / "images.tar"))
    _provided[daemon.folder] = built, _listed(sdk)


def _listed(sdk):
    return sorted((image["Id"], sorted(image["RepoTags"] or ())) for image in sdk.images())
