"""A fetch from a registry that stalls ends when the user cancels it, whatever it waits for."""

import os
import threading

import pytest

from builders import digest_of, file, image, layer
from layertui.core.engines.registry.kept_blobs import KeptBlobs
from layertui.core.engines.registry.registry_images import RegistryImages
from layertui.core.engines.registry.transfer.registry_downloads import RegistryDownloads
from layertui.core.errors import Cancelled
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import Progress, quiet
from registry_faults import cut, stall

BUILT = image([layer([file("big", os.urandom(1_000_000)), file("small", b"x")])], tags=["shop:1"], compress="gzip")
BLOB = digest_of(BUILT.stored[0])

STALLS = {"no answer": 0, "half a body": 500_000}


@pytest.fixture
def progress():
    return Progress()


@pytest.fixture
def found(registry, client, tmp_path):
    registry.put_image("shop", "1", BUILT)
    return RegistryImages(client, KeptBlobs(tmp_path / "cache", None)).open("shop:1", None, quiet())


@pytest.fixture(params=STALLS.values(), ids=STALLS.keys())
def stalled(request, registry, progress):
    """The layer stalls, and the user cancels."""
    registry.fault(BLOB, stall(request.param, then=progress.cancel))


@pytest.mark.usefixtures("stalled")
@pytest.mark.parametrize("look", ["table", "stack", "proven_stack"])
def test_a_layer_that_is_looked_into(found, progress, look, tmp_path):
    wanted = found.layers[0] if look == "table" else found.layers
    before = threading.enumerate()
    with pytest.raises(Cancelled):
        getattr(Catalog(tmp_path / "cache"), look)(wanted, progress)
    assert not [one for one in threading.enumerate() if one.name == "read-ahead" and one not in before]


@pytest.mark.usefixtures("stalled")
def test_a_layer_that_is_carried_elsewhere(found, client, progress):
    downloads = RegistryDownloads(client, "shop", progress)
    with downloads.open(found.layers[0].descriptor) as stream, pytest.raises(Cancelled):
        stream.read()


def test_what_has_come_is_not_asked_for_again(registry, found, progress, tmp_path):
    registry.fault(BLOB, stall(500_000, then=progress.cancel))
    with pytest.raises(Cancelled):
        Catalog(tmp_path / "cache").table(found.layers[0], progress)
    table = Catalog(tmp_path / "cache").table(found.layers[0])
    assert len(table) == 2
    asked = [one.headers.get("Range") for one in registry.asked if BLOB in one.path]
    assert asked == [None, f"bytes=500000-{len(BUILT.stored[0]) - 1}"]


@pytest.mark.usefixtures("found")
def test_a_manifest(registry, client, progress):
    registry.fault("/manifests/", stall(then=progress.cancel))
    with pytest.raises(Cancelled):
        client.request("GET", "/v2/shop/manifests/1", progress=progress)


def test_between_two_attempts(registry, found, progress, tmp_path):
    registry.fault(BLOB, *[cut(after=10)] * 2, stall(then=progress.cancel))
    with pytest.raises(Cancelled):
        Catalog(tmp_path / "cache").table(found.layers[0], progress)
