"""containerd's images, read from its files: which are listed, opened and refused, and where the files are."""

import os
from pathlib import Path

import pytest

from builders import file, image, layer, oci_layout
from builders.bolt import containerd_folder
from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.daemon.local_images.containerd_folder import DATABASE, containerd_root
from layertui.core.engines.daemon.local_images.containerd_images import ContainerdImages
from layertui.core.engines.discover import Engines
from layertui.core.errors import Ambiguous, Damaged, NotFound, StorageError
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet
from layertui.core.settings import Settings

SHOP = image([layer([file("a", b"1")]), layer([file("b", b"2")])], tags=["shop:1.0"], compression="gzip")
BASE = image([layer([file("c", b"3")])], tags=["base:1"])
GONE = "sha256:" + "0" * 64
NAMES = {
    "default": {"docker.io/library/shop:1.0": SHOP.digest, "docker.io/library/gone:1": GONE},
    "k8s.io": {
        "docker.io/library/shop:1.0": SHOP.digest,
        "localhost/base:1": BASE.digest,
        f"localhost/base@{BASE.digest}": BASE.digest,
        BASE.id: BASE.digest,
    },
    "moby": {"docker.io/library/hidden:1": BASE.digest},
}


@pytest.fixture
def root(tmp_path):
    oci_layout([SHOP, BASE], tmp_path / "layout")
    store = tmp_path / "containerd/io.containerd.content.v1.content"
    store.mkdir(parents=True)
    os.rename(tmp_path / "layout/blobs", store / "blobs")
    return containerd_folder(tmp_path / "containerd", NAMES)


def rows(images):
    return {(one.id, one.engine_id, tuple(name.familiar for name in one.names)) for one in images.list()}


def test_the_images_of_all_namespaces_but_dockers(root):
    images = ContainerdImages(root)
    assert rows(images) == {
        (SHOP.id, SHOP.digest, ("shop:1.0",)),
        (BASE.id, BASE.digest, ("localhost/base:1",)),
    }
    assert images.unreadable(images.list()) == 1
    assert rows(ContainerdImages(root, "moby")) == {(BASE.id, BASE.digest, ("hidden:1",))}
    assert rows(ContainerdImages(root, "none")) == set()


@pytest.mark.parametrize("name", ["shop:1.0", SHOP.id, SHOP.digest, SHOP.id[7:19], f"shop@{SHOP.digest}"])
def test_an_image_is_opened(root, name):
    found = ContainerdImages(root).open(name, None, quiet())
    assert found.id == SHOP.id
    assert [one.open_at().read() for one in found.layers] == list(SHOP.stored)


def test_an_image_that_is_not_there(root):
    for namespace, name in (("", "other:1"), ("default", "localhost/base:1"), ("", "hidden:1"), ("", "gone:1")):
        with pytest.raises(NotFound, match="no image"):
            ContainerdImages(root, namespace).open(name, None, quiet())


def test_one_name_of_two_images(root):
    containerd_folder(root, {"a": {"docker.io/library/x:1": SHOP.digest}, "b": {"docker.io/library/x:1": BASE.digest}})
    with pytest.raises(Ambiguous):
        ContainerdImages(root).open("x:1", None, quiet())
    assert ContainerdImages(root, "b").open("x:1", None, quiet()).id == BASE.id


def test_a_database_that_cannot_be_read(root):
    (root / DATABASE).write_bytes(b"garbage")
    with pytest.raises(Damaged):
        ContainerdImages(root).list()
    (root / DATABASE).unlink()
    with pytest.raises(StorageError):
        ContainerdImages(root).list()


def engines(tmp_path, root, namespace=""):
    clients = ClientEnvironment(containerd_root=root, containerd_namespace=namespace)
    return Engines(Settings(store=tmp_path / "store", clients=clients), lambda: Catalog(None))


def test_the_engine_is_listed_where_its_files_are(tmp_path, root):
    assert "containerd" in engines(tmp_path, root).names()
    assert "containerd" not in engines(tmp_path, tmp_path).names()
    engine = engines(tmp_path, root).named("containerd")
    assert (engine.about.kind, engine.about.address, engine.about.version()) == ("containerd", str(root), "")
    assert engine.images.open("[moby]hidden:1", None, quiet()).id == BASE.id
    with pytest.raises(NotFound):
        engine.images.open("[default]hidden:1", None, quiet())
    assert rows(engines(tmp_path, root, "moby").named("containerd").images) == {(BASE.id, BASE.digest, ("hidden:1",))}
    with pytest.raises(StorageError):
        engines(tmp_path, tmp_path).named("containerd").about.version()


def test_where_its_files_are(tmp_path, monkeypatch):
    def of(**environ):
        return containerd_root(ClientEnvironment.of({"HOME": str(tmp_path), **environ}))

    assert of(LAYERTUI_CONTAINERD="/srv/containerd") == Path("/srv/containerd")
    own = containerd_folder(tmp_path / ".local/share/containerd", {})
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert of() == own
    assert of(XDG_DATA_HOME="/data") == Path("/var/lib/containerd")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert of() == Path("/var/lib/containerd")


@pytest.mark.slow
def test_on_the_command_line(root, layertui, monkeypatch):
    monkeypatch.setenv("LAYERTUI_CONTAINERD", str(root))
    assert {one["id"] for one in layertui.json("--engine", "containerd", "images")} == {SHOP.id, BASE.id}
    listed = {one["name"]: one for one in layertui.json("engines")}
    assert listed["containerd"]["kind"] == "containerd"
    assert listed["containerd"]["images"] == 2
    elsewhere = layertui.run("history", "shop:1.0", check=False)
    assert b"containerd has it: containerd:shop:1.0 opens it" in elsewhere.stderr
    refused = layertui.run("rmi", "containerd:shop:1.0", check=False)
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert b"containerd is only read" in refused.stderr
    layertui.run("copy", "containerd:[k8s.io]shop:1.0", "embedded:shop:1.0")
    assert [one["id"] for one in layertui.json("images")] == [SHOP.id]
