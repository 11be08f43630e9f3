"""Images opened from the folders of daemons: Docker's overlay2, containerd's content store, containers/storage."""

import json
import os
import shutil

import pytest

from builders import file, folder, image, layer, oci_layout, whiteout
from builders.split import docker_folder, podman_folder
from layertui.core.engines.daemon.local_images.containers_storage import StorageImages, containers_storage
from layertui.core.engines.daemon.local_images.content_store import ContentStore
from layertui.core.engines.daemon.local_images.docker_overlay import docker_overlay_image
from layertui.core.errors import Ambiguous, Damaged, DigestMismatch, NotFound, StorageError, UsageError
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.digest import Digest
from layertui.core.progress import quiet

LAYERS = [
    layer([folder("etc"), file("etc/motd", b"hello"), file("etc/old", b"1")]),
    layer([whiteout("etc/old"), file("app", b"#!" * 900, mode=0o4755)]),
]
SHOP = image(LAYERS, tags=["shop:1.0", "localhost/own:2"])
ID = Digest(SHOP.id)


def read(layer):
    with layer.open() as raw:
        return raw.read()


def test_docker_overlay2(tmp_path):
    found = docker_overlay_image(docker_folder(SHOP, tmp_path), ID, ())
    assert found.id == SHOP.id
    assert found.config_bytes == SHOP.config
    assert [read(one) for one in found.layers] == list(SHOP.layers)
    assert [one.size for one in found.layers] == [len(one) for one in SHOP.layers]
    catalog = Catalog(tmp_path / "cache")
    names = [entry.path for entry in catalog.stack(found.layers).view()]
    assert "/app" in names
    assert "/etc/old" not in names
    catalog.verify(found.layers)


def test_docker_overlay2_without_parsing_for_sizes_again(tmp_path):
    root = docker_folder(SHOP, tmp_path)
    manifest = docker_overlay_image(root, ID, ()).blobs.open
    first = docker_overlay_image(root, ID, ())
    with manifest(first.descriptor) as raw:
        kept = raw.read()
    for path in root.rglob("tar-split.json.gz"):
        path.write_bytes(b"not read")
    again = docker_overlay_image(root, ID, (), kept)
    assert again.descriptor == first.descriptor
    with pytest.raises(Damaged):
        read(again.layers[0])


def test_docker_overlay2_that_lacks_something(tmp_path):
    root = docker_folder(SHOP, tmp_path)
    assert docker_overlay_image(root, Digest("sha256:" + "0" * 64), ()) is None
    assert docker_overlay_image(tmp_path / "other", ID, ()) is None
    shutil.rmtree(root / "overlay2/cache1")
    assert docker_overlay_image(root, ID, ()) is None


def test_docker_overlay2_with_another_config(tmp_path):
    root = docker_folder(SHOP, tmp_path)
    (root / "image/overlay2/imagedb/content/sha256" / ID.encoded).write_bytes(SHOP.config + b" ")
    with pytest.raises(DigestMismatch, match="config"):
        docker_overlay_image(root, ID, ())


def test_docker_overlay2_with_another_layer_under_its_name(tmp_path):
    root = docker_folder(SHOP, tmp_path)
    layer_folder = next(path.parent for path in root.rglob("cache-id") if path.read_text() == "cache0")
    (layer_folder / "cache-id").write_text("../../../../etc")
    assert docker_overlay_image(root, ID, ()) is None
    (layer_folder / "cache-id").write_text("cache0")
    (layer_folder / "diff").write_text(SHOP.diff_ids[1])
    assert docker_overlay_image(root, ID, ()) is None


def test_a_file_that_somebody_has_changed_is_found_by_its_digest(tmp_path):
    root = docker_folder(SHOP, tmp_path)
    (root / "overlay2/cache0/diff/etc/motd").write_bytes(b"HELLO")
    with pytest.raises(DigestMismatch):
        read(docker_overlay_image(root, ID, ()).layers[0])


@pytest.mark.parametrize("driver", ["overlay", "vfs"])
def test_containers_storage(tmp_path, driver):
    images = containers_storage(podman_folder(SHOP, tmp_path, driver=driver))
    (one,) = images.list()
    assert one.id == SHOP.id
    assert one.diff_ids == SHOP.diff_ids
    assert one.created == "2026-01-02T03:04:05.5Z"
    assert [name.familiar for name in one.names] == ["shop:1.0", "localhost/own:2"]
    assert images.unreadable(images.list()) == 0
    for name in ("shop:1.0", "docker.io/library/shop:1.0", "own:2", SHOP.id, SHOP.id[7:19], f"shop@{SHOP.digest}"):
        found = images.open(name, None, quiet())
        assert found.id == SHOP.id
        assert [read(one) for one in found.layers] == list(SHOP.layers)


def test_containers_storage_what_is_not_there(tmp_path):
    images = containers_storage(podman_folder(SHOP, tmp_path))
    for name in ("shop:2", "0" * 12):
        with pytest.raises(NotFound):
            images.open(name, None, quiet())
    with pytest.raises(UsageError):
        images.open("Shop", None, quiet())
    with pytest.raises(NotFound, match="arm64"):
        images.open("shop:1.0", Platform("linux", "arm64"), quiet())
    with pytest.raises(StorageError, match="no images"):
        containers_storage(tmp_path / "nowhere")


def test_containers_storage_with_a_manifest_of_other_layers(tmp_path):
    """Of a pulled image it keeps the manifest with the compressed layers, which it does not have."""
    pulled = image(LAYERS, tags=["shop:1.0"], compression="gzip")
    found = containers_storage(podman_folder(pulled, tmp_path)).open("shop:1.0", None, quiet())
    assert found.id == pulled.id
    assert [read(one) for one in found.layers] == LAYERS


def test_containers_storage_that_is_damaged(tmp_path):
    root = podman_folder(SHOP, tmp_path)
    images = containers_storage(root)
    layers = root / "overlay-layers/layers.json"
    rows = json.loads(layers.read_text())
    rows[0]["parent"] = rows[1]["id"]
    layers.write_text(json.dumps(rows))
    assert images.list() == []
    assert images.unreadable([]) == 1
    layers.write_text("{")
    with pytest.raises(Damaged, match=r"layers\.json"):
        images.list()
    layers.write_text("[]")
    (root / "overlay-images/images.json").unlink()
    with pytest.raises(StorageError, match=r"images\.json"):
        images.list()


def test_containers_storage_with_names_that_are_none(tmp_path):
    root = podman_folder(SHOP, tmp_path)
    path = root / "overlay-images/images.json"
    (row,) = json.loads(path.read_text())
    for names in (7, "shop:1.0", {"shop:1.0": 1}, [7, None, "shop:1.0"]):
        path.write_text(json.dumps([row | {"names": names}]))
        (one,) = containers_storage(root).list()
        assert [name.familiar for name in one.names] == (["shop:1.0"] if isinstance(names, list) else [])


def test_containers_storage_with_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    images = StorageImages(podman_folder(SHOP, tmp_path), "overlay")
    look = os.stat

    def refused(path, **options):
        if str(path).endswith("/diff"):
            raise PermissionError(13, "Permission denied", path)
        return look(path, **options)

    monkeypatch.setattr(os, "stat", refused)
    assert images.image(ID) is None


def test_two_images_that_begin_alike(tmp_path):
    root = podman_folder(SHOP, tmp_path)
    path = root / "overlay-images/images.json"
    (row,) = json.loads(path.read_text())
    path.write_text(json.dumps([row, row | {"id": row["id"][:10] + "0" * 54, "names": []}]))
    with pytest.raises(Ambiguous) as error:
        containers_storage(root).open(row["id"][:8], None, quiet())
    assert len(error.value.choices) == 2


def content_folder(tmp_path, *images):
    layout = tmp_path / "layout"
    oci_layout(list(images), layout)
    store = tmp_path / "docker/containerd/daemon/io.containerd.content.v1.content"
    store.mkdir(parents=True)
    os.rename(layout / "blobs", store / "blobs")
    return tmp_path / "docker"


def test_containerd_content_store(tmp_path):
    packed = image(LAYERS, tags=["shop:1.0"], compression="gzip")
    store = ContentStore.of(content_folder(tmp_path, packed))
    found = store.image(Digest(packed.digest), (), None)
    assert found.id == packed.id
    assert [read(one) for one in found.layers] == list(packed.stored)
    assert store.config_digest(Digest(packed.digest)) == packed.id
    assert store.image(Digest("sha256:" + "0" * 64), (), None) is None
    assert store.config_digest(Digest(packed.id)) is None  # a config is no manifest
    assert ContentStore.of(tmp_path / "nowhere") is None


@pytest.mark.parametrize("document", ["overlay-images/images.json", "overlay-layers/layers.json"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_a_document_of_another_user_that_is_no_file(tmp_path, document, make):
    root = podman_folder(SHOP, tmp_path)
    (root / document).unlink()
    make(root / document)
    with pytest.raises((StorageError, NotFound)):
        containers_storage(root).open("shop:1.0", None, quiet())
