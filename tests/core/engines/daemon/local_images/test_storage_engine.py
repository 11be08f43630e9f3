"""Where Podman keeps a user's images, and which of them a name means."""

import os
from pathlib import Path

import pytest

from builders import file, image, layer
from builders.split import podman_folder
from layertui.core import client_environment
from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.daemon.local_images.storage_engine import graph_root
from layertui.core.engines.discover import Engines
from layertui.core.errors import NotFound, StorageError
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet
from layertui.core.settings import Settings

SHOP = image([layer([file("a", b"1")])], tags=["shop:1.0"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(client_environment, "_SYSTEM_CONTAINERS", (tmp_path / "usr", tmp_path / "etc"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def environment(home, **more):
    return ClientEnvironment.of({"HOME": str(home), **more})


def written(path, **values):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[storage]\n" + "".join(f'{name} = "{value}"\n' for name, value in values.items()))


def test_a_plain_users_folder(home):
    assert graph_root(environment(home)) == home / ".local/share/containers/storage"
    assert graph_root(environment(home, XDG_DATA_HOME="/data")) == Path("/data/containers/storage")
    written(home / "etc/storage.conf", graphroot="/not/mine", rootless_storage_path="/srv/$UID")
    assert graph_root(environment(home)) == Path("/srv/1000")
    written(home / ".config/containers/storage.conf", graphroot="/own")
    assert graph_root(environment(home)) == Path("/own")


def test_roots_folder(home, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert graph_root(environment(home)) == Path("/var/lib/containers/storage")
    written(home / "usr/storage.conf", graphroot="/usr/storage")
    assert graph_root(environment(home)) == Path("/usr/storage")
    written(home / "etc/storage.conf", graphroot="/srv/storage")
    assert graph_root(environment(home)) == Path("/srv/storage")


@pytest.mark.parametrize("uid", [0, 1000])
def test_a_configuration_that_is_named(home, monkeypatch, uid):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    written(home / "etc/storage.conf", graphroot="/system", rootless_storage_path="/system")
    written(home / "other.conf", graphroot="/other")
    assert graph_root(environment(home, CONTAINERS_STORAGE_CONF=str(home / "other.conf"))) == Path("/other")


@pytest.mark.parametrize("content", [b"[storage\xff", b"x = " + b"[" * 100_000, None])
def test_a_configuration_that_is_damaged(home, content):
    path = home / ".config/containers/storage.conf"
    path.parent.mkdir(parents=True)
    if content is None:
        os.mkfifo(path)  # it is not waited for
    else:
        path.write_bytes(content)
    assert graph_root(environment(home)) == home / ".local/share/containers/storage"


def test_the_engine_is_named_and_not_listed(tmp_path):
    root = podman_folder(SHOP, tmp_path / "storage")
    clients = ClientEnvironment(data_home=tmp_path, storage_conf=tmp_path / "none.conf")
    engines = Engines(Settings(store=tmp_path / "store", clients=clients), lambda: Catalog(None))
    assert "containers-storage" not in engines.names()
    images = engines.named("containers-storage").images
    assert images.open(f"[overlay@{root}+/run]shop:1.0", None, quiet()).id == SHOP.id
    assert images.open(f"[{root}]shop:1.0", None, quiet()).id == SHOP.id
    with pytest.raises(NotFound):
        images.open(f"[{root}]shop:2", None, quiet())
    with pytest.raises((StorageError, NotFound)):
        images.open("[/nonexistent]shop:1.0", None, quiet())
