"""Our store and skopeo: it reads the store as it lies, and what it writes into it is an image here."""

import json

import pytest

from builders import BuiltIndex, file, folder, image, layer, oci_archive, oci_layout, whiteout
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.demo.demo_images import demo_images
from layertui.core.oci.descriptor import Platform
from layertui.core.store.store_check import fsck, gc
from layertui.core.store.store_layout import Store

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", b"#!" * 4000, mode=0o755)])
DEMO = image([BASE, TOP], tags=["demo:1.0"])


def load(store, path):
    with open_archive(path) as found:
        return [store.put(one, one.names).image for one in found.images]


@pytest.fixture
def store(store_folder):
    return Store(store_folder)


def inspected(skopeo, source):
    return json.loads(skopeo.run("inspect", source).stdout)


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("schema", ["oci", "docker"])
def test_skopeo_reads_the_store_in_place(store, skopeo, tmp_path, compress, schema):
    built = image([BASE, TOP], tags=["demo:1.0"], compress=compress, schema=schema)
    (stored,) = load(store, oci_archive(built, tmp_path / "a.tar"))
    said = inspected(skopeo, f"oci:{store.path}:demo:1.0")
    assert said["Digest"] == stored.digest
    assert said["Layers"] == [one.digest for one in stored.layers]
    # skopeo has no way to make docker's form of zstd layers.
    form = "oci-archive" if compress == "zstd" else "docker-archive"
    skopeo.run("copy", f"oci:{store.path}:demo:1.0", f"{form}:{tmp_path}/back.tar:demo:1.0")
    with open_archive(tmp_path / "back.tar") as found:
        assert found.images[0].id == built.id
        assert found.images[0].diff_ids == stored.diff_ids


def test_what_skopeo_copies_into_the_store_is_here(store, skopeo, tmp_path):
    load(store, oci_archive(image([BASE], tags=["first:1"]), tmp_path / "a.tar"))
    layout = oci_layout(DEMO, tmp_path / "layout")
    skopeo.run("copy", f"oci:{layout}:demo:1.0", f"oci:{store.path}:demo:1.0")
    found = store.find("demo:1.0")
    assert found.id == DEMO.id
    assert {str(name) for one in store.images() for name in one.names} == {"first:1", "demo:1.0"}
    assert fsck(store).ok
    assert gc(store).blobs == ()


def test_what_skopeo_copies_with_all_platforms(store, skopeo, tmp_path):
    host = Platform.host().architecture
    mine = image([BASE], architecture=host)
    layout = oci_layout(
        BuiltIndex((image([TOP], architecture="s390x"), mine), ("multi:1",), attestations=False), tmp_path / "layout"
    )
    skopeo.run("copy", "--all", f"oci:{layout}:multi:1", f"oci:{store.path}:multi:1")
    assert store.find("multi:1").id == mine.id
    assert fsck(store).ok
    assert gc(store).blobs == ()


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "oci"])
def test_archives_that_skopeo_writes(store, skopeo, tmp_path, form):
    layout = oci_layout(DEMO, tmp_path / "layout")
    target = tmp_path / "out"
    skopeo.run("copy", f"oci:{layout}:demo:1.0", f"{form}:{target}:demo:1.0")
    with open_archive(target) as found:
        assert [str(name) for name in found.images[0].names] == ["demo:1.0"]
    (stored,) = load(store, target)
    assert stored.id == DEMO.id
    assert fsck(store).ok


def test_several_images_of_one_docker_archive(skopeo, tmp_path):
    layout = oci_layout(DEMO, tmp_path / "layout")
    target = f"docker-archive:{tmp_path}/two.tar"
    skopeo.run(
        "copy",
        "--additional-tag",
        "docker.io/library/more:2",
        f"oci:{layout}:demo:1.0",
        f"{target}:docker.io/library/demo:1.0",
    )
    with open_archive(tmp_path / "two.tar") as found:
        assert sorted(str(name) for name in found.images[0].names) == ["demo:1.0", "more:2"]


def test_skopeo_reads_the_demo(store, skopeo):
    for one in demo_images():
        store.put(one, one.names)
        assert inspected(skopeo, f"oci:{store.path}:{one.names[0]}")["Digest"] == one.digest
