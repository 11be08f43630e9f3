"""What does not get into the store, what is wrong in it, and what a full disk does to it: all else stays as it was."""

import hashlib
import json
import os
import subprocess
from dataclasses import replace

import pytest

from builders import as_json, digest_of, image, layout_files, pack
from layertui.core.errors import Cancelled, Damaged, DigestMismatch, LayertuiError, StorageError
from layertui.core.progress import Progress
from layertui.core.store.store_check import fsck
from layertui.core.store.store_layout import Store
from store_sample import BASE, DEMO, OTHER, TOP, load, put, unchanged


@pytest.fixture
def store(store_folder):
    return Store(store_folder)


def wrong(built, what):
    """Make an archive of which one part lies."""
    files = layout_files(built)
    path = f"blobs/sha256/{digest_of(built.stored[1])[7:]}"
    content = built.stored[1]
    match what:
        case "layer damaged":
            files[path] = content[:-1] + bytes([content[-1] ^ 1])
        case "layer too short":
            files[path] = content[:-512]
        case "layer too long":
            files[path] = content + bytes(512)
        case "layer missing":
            del files[path]
        case "config missing":
            del files[f"blobs/sha256/{built.id[7:]}"]
    return pack(files)


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
@pytest.mark.parametrize(
    "what", ["layer damaged", "layer too short", "layer too long", "layer missing", "config missing"]
)
def test_what_is_not_what_it_says_leaves_the_store_as_it_was(store, tmp_path, what, compress):
    put(store, OTHER, tmp_path)
    built = image([BASE, TOP], tags=["demo:1.0"], compress=compress)
    (tmp_path / "a.tar").write_bytes(wrong(built, what))
    with unchanged(store), pytest.raises(Damaged) as caught:
        load(store, tmp_path / "a.tar")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compress", ["none", "gzip"])
def test_another_diff_id_is_refused(store, tmp_path, compress):
    honest = image([BASE, TOP], compress=compress)
    config = honest.config.replace(digest_of(TOP).encode(), digest_of(BASE).encode())
    manifest = json.loads(honest.manifest)
    manifest["config"] |= {"digest": digest_of(config), "size": len(config)}
    lying = replace(honest, config=config, manifest=as_json(manifest), tags=("lie:1",))
    with unchanged(store), pytest.raises(DigestMismatch, match="DiffID"):
        put(store, lying, tmp_path)
    # Nor when the blob is here already, proven to be another layer.
    put(store, honest, tmp_path)
    store.blobs.proven.clear()
    with unchanged(store), pytest.raises(DigestMismatch, match="DiffID"):
        put(store, lying, tmp_path)


@pytest.mark.parametrize("compress", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("content", [TOP[:700], TOP[:1000], b"no tar at all " * 100])
def test_a_layer_that_is_no_whole_tar_is_refused_though_all_digests_are_right(store, tmp_path, compress, content):
    put(store, OTHER, tmp_path)
    with unchanged(store), pytest.raises(Damaged, match=r"layer 2 of broken:1 is (cut off|not a tar)"):
        put(store, image([BASE, content], tags=["broken:1"], compress=compress), tmp_path)


def test_a_digest_that_lies_about_an_honest_layer(store, tmp_path):
    honest = image([BASE, TOP])
    files = layout_files(honest)
    lie = digest_of(b"lie")
    manifest = honest.manifest.replace(digest_of(TOP).encode(), lie.encode())
    files[f"blobs/sha256/{lie[7:]}"] = files.pop(f"blobs/sha256/{digest_of(TOP)[7:]}")
    files[f"blobs/sha256/{digest_of(manifest)[7:]}"] = manifest
    files["index.json"] = files["index.json"].replace(honest.digest.encode(), digest_of(manifest).encode())
    (tmp_path / "a.tar").write_bytes(pack(files))
    with unchanged(store), pytest.raises(DigestMismatch, match=lie):
        load(store, tmp_path / "a.tar")


def test_digests_of_another_algorithm(store, tmp_path):
    built = image([BASE, TOP], tags=["long:1"])
    files = layout_files(built)
    manifest = json.loads(built.manifest)
    for entry, content in zip(manifest["layers"], built.stored, strict=True):
        entry["digest"] = f"sha512:{hashlib.sha512(content).hexdigest()}"
        files[f"blobs/sha512/{entry['digest'][7:]}"] = content
        files.pop(f"blobs/sha256/{digest_of(content)[7:]}")
    raw = as_json(manifest)
    files[f"blobs/sha256/{digest_of(raw)[7:]}"] = raw
    index = json.loads(files["index.json"])
    index["manifests"][0] |= {"digest": digest_of(raw), "size": len(raw)}
    files["index.json"] = as_json(index)
    for path, content in files.items():
        (tmp_path / "layout" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "layout" / path).write_bytes(content)
    (stored,) = load(store, tmp_path / "layout")
    assert stored.image.id == built.id
    assert [one.digest for one in stored.image.layers] == list(built.diff_ids)
    assert fsck(store).ok
    (tmp_path / "layout/blobs/sha512" / manifest["layers"][1]["digest"][7:]).write_bytes(TOP[:-1] + b"x")
    other = Store(tmp_path / "other")
    with unchanged(other), pytest.raises(Damaged):
        load(other, tmp_path / "layout")


def test_the_same_image_under_another_manifest_mends_one_that_lost_a_layer(store, tmp_path):
    stored = put(store, DEMO, tmp_path)
    store.blobs.delete(stored.image.layers[1].digest)
    gzipped = image([BASE, TOP], history=json.loads(DEMO.config)["history"], tags=["again:1"], compress="gzip")
    assert gzipped.id == DEMO.id
    put(store, gzipped, tmp_path)
    (found,) = store.images()
    assert sorted(str(name) for name in found.names) == ["again:1", "demo:1.0"]
    assert fsck(store).ok


def test_an_archive_without_the_layers_that_are_here(store, tmp_path):
    files = layout_files(DEMO)
    del files[f"blobs/sha256/{digest_of(BASE)[7:]}"]
    (tmp_path / "thin.tar").write_bytes(pack(files))
    with unchanged(store), pytest.raises(Damaged, match=digest_of(BASE)):
        load(store, tmp_path / "thin.tar")
    put(store, image([BASE], compress="gzip", tags=["gz:1"]), tmp_path)
    (stored,) = load(store, tmp_path / "thin.tar")
    assert stored.image.id == DEMO.id
    assert stored.image.layers[0].media_type.endswith("+gzip")
    assert fsck(store).ok


def test_a_load_that_is_stopped(store, tmp_path):
    put(store, OTHER, tmp_path)
    progress = Progress(report=Progress.cancel)
    with unchanged(store), pytest.raises(Cancelled):
        put(store, DEMO, tmp_path, progress=progress)


def test_a_lost_blob_comes_back_with_a_load(store, tmp_path):
    stored = put(store, DEMO, tmp_path)
    store.blobs.delete(stored.image.layers[1].digest)
    assert not fsck(store).ok
    put(store, DEMO, tmp_path)
    assert fsck(store).ok


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.parametrize("size", ["64k", "200k", "300k"])
def test_a_full_disk(tmp_path, size):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
    try:
        store = Store(disk)
        with unchanged(store), pytest.raises(StorageError, match=r"No space left.*free some space"):
            put(store, DEMO, tmp_path)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_where_the_store_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LayertuiError, match="file"):
        Store(tmp_path / "file").images()
    with pytest.raises(LayertuiError, match="choose another one"), Store(tmp_path / "file").writing():
        pass


def test_a_folder_that_is_no_store(tmp_path):
    (tmp_path / "index.json").write_text("[]")
    with pytest.raises(Damaged, match=r"index.json.*no store"):
        Store(tmp_path).images()


def test_a_damaged_image_does_not_hide_the_others(store, tmp_path):
    put(store, OTHER, tmp_path)
    stored = put(store, DEMO, tmp_path)
    path = store.blobs.path(stored.image.id)
    path.chmod(0o644)
    path.write_bytes(b"{}")
    assert [one.id for one in store.images()] == [OTHER.id]
    with pytest.raises(Damaged):
        store.find("demo:1.0")
