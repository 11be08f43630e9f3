"""Our store and umoci: it lists, tags and unpacks its content, and its changes are seen here."""

import json
import os

import pytest

from builders import file, folder, image, layer, oci_archive, opaque, whiteout
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.history_steps import steps
from layertui.core.store.store_check import fsck, gc
from layertui.core.store.store_layout import Store

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello"), folder("data"), file("data/a", b"a")])
TOP = layer([whiteout("etc/motd"), folder("data"), opaque("data"), file("data/n", b"n")])


@pytest.fixture
def store(store_folder, tmp_path):
    store = Store(store_folder)
    built = image([BASE, TOP], tags=["demo:1.0", "demo:latest"], compress="gzip")
    with open_archive(oci_archive(built, tmp_path / "a.tar")) as found:
        for one in found.images:
            store.put(one, one.names)
    return store


def test_umoci_lists_and_shows(store, umoci):
    assert umoci.text("ls", "--layout", store.path).splitlines() == ["demo:1.0", "demo:latest"]
    said = json.loads(umoci.run("stat", "--json", "--image", f"{store.path}:demo:1.0").stdout)
    ours = steps(store.find("demo:1.0"))
    assert [row["layer"]["digest"] if row["layer"] else None for row in said["history"]] == [
        one.layer.digest if one.layer else None for one in ours
    ]
    assert [row["created_by"] for row in said["history"]] == [one.created_by for one in ours]
    assert [row["diff_id"] for row in said["history"]] == [one.diff_id for one in ours]


def test_umoci_unpacks(store, umoci, tmp_path):
    umoci.run("unpack", "--rootless", "--image", f"{store.path}:demo:1.0", tmp_path / "bundle")
    root = tmp_path / "bundle/rootfs"
    assert sorted(os.listdir(root / "data")) == ["n"]
    assert os.listdir(root / "etc") == []


def test_what_umoci_makes_is_seen_here(store, umoci, tmp_path):
    bundle = tmp_path / "bundle"
    umoci.run("unpack", "--rootless", "--image", f"{store.path}:demo:1.0", bundle)
    (bundle / "rootfs/new").write_text("new")
    umoci.run("repack", "--image", f"{store.path}:demo:2.0", bundle)
    umoci.run("tag", "--image", f"{store.path}:demo:2.0", "other:1")
    found = store.find("other:1")
    assert found == store.find("demo:2.0")
    assert len(found.layers) == 3
    assert found.chain_ids[:2] == store.find("demo:1.0").chain_ids
    report = fsck(store)
    assert report.ok, report.problems
    umoci.run("rm", "--image", f"{store.path}:demo:2.0")
    assert [str(name) for name in store.find("other:1").names] == ["other:1"]


def test_both_sweep_alike(store, umoci, tmp_path):
    store.delete(store.find("demo:latest"))
    would = gc(store, dry_run=True)
    umoci.run("gc", "--layout", store.path)
    assert len(would.blobs) == 4
    assert not any(store.blobs.has(digest) for digest in would.blobs)
    assert fsck(store).ok
