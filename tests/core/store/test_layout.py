"""The store: an image is there whole or not at all, under the names it was given."""

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from builders import (
    as_json,
    compressed,
    digest_of,
    docker_archive,
    docker_files,
    file,
    folder,
    image,
    layer,
    layout_files,
    oci_archive,
    oci_layout,
    pack,
    whiteout,
)
from layertui.core.errors import (
    Ambiguous,
    Cancelled,
    Conflict,
    Damaged,
    DigestMismatch,
    LayertuiError,
    NotFound,
    StorageError,
)
from layertui.core.images.archive import open_archive
from layertui.core.oci.reference import Reference
from layertui.core.store import layout
from layertui.core.store.blobs import Blobs
from layertui.core.store.check import fsck
from layertui.core.store.layout import Store
from layertui.core.streams.progress import Progress

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", random.Random(48).randbytes(300_000), mode=0o755)])
DEMO = image([BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["demo:1.0"])
OTHER = image([BASE], tags=["other:1", "other:2"])


@pytest.fixture
def store(store_folder):
    return Store(store_folder)


def load(store, path, **how):
    with open_archive(path, spool=store.path) as found:
        return [store.put(one, one.names, **how) for one in found.images]


def put(store, built, tmp_path, **how):
    (stored,) = load(store, oci_archive(built, tmp_path / "in.tar"), **how)
    return stored


def state(store):
    """Everything that the store says of itself, to see that it has stayed as it was."""
    return (
        dict(store.blobs.listed()),
        store.index(),
        sorted(os.listdir(store.path / "tmp")) if (store.path / "tmp").exists() else [],
    )


@contextmanager
def unchanged(store):
    before = state(store)
    yield
    assert state(store) == before
    assert fsck(store).ok


# ---------------------------------------------------------------- in


@pytest.mark.parametrize("form", ["old", "new", "oci", "layout", "gzip", "zstd", "docker-types"])
def test_what_goes_in_comes_out(store, tmp_path, form):
    how = {"compress": form} if form in ("gzip", "zstd") else {}
    built = image([BASE, TOP], tags=["demo:1.0"], schema="docker" if form == "docker-types" else "oci", **how)
    if form in ("old", "new"):
        path = docker_archive(built, tmp_path / "a.tar", old=form == "old")
    else:
        path = oci_layout(built, tmp_path / "a") if form == "layout" else oci_archive(built, tmp_path / "a.tar")
    (stored,) = load(store, path)
    found = store.find("demo:1.0")
    assert found == stored.image
    assert found.id == built.id
    assert found.config_bytes == built.config
    assert [one.open().read() for one in found.layers] == list(built.stored)
    assert [one.source for one in found.layers] == [None, None]
    assert found.manifest.media_type == "application/vnd.oci.image.manifest.v1+json"
    if form not in ("old", "docker-types"):
        assert found.digest == built.digest
    assert fsck(store).ok
    assert os.listdir(store.path / "tmp") == []


def test_layers_in_a_compression_that_oci_does_not_know_are_stored_plain(store, tmp_path):
    files = docker_files(DEMO, old=True)
    for path, content in files.items():
        if content == TOP:
            files[path] = compressed(TOP, "xz")
    (tmp_path / "a.tar").write_bytes(pack(files))
    (stored,) = load(store, tmp_path / "a.tar")
    assert stored.image.id == DEMO.id
    assert [one.digest for one in stored.image.layers] == list(DEMO.diff_ids)
    assert fsck(store).ok


def test_a_second_time_nothing_is_read_or_written(store, tmp_path, monkeypatch):
    put(store, DEMO, tmp_path)
    with unchanged(store):
        monkeypatch.setattr(store.blobs, "receive_layer", None)
        assert put(store, DEMO, tmp_path).moved == ()
        # In another form it is the same image all the same: its layers are here.
        load(store, docker_archive(DEMO, tmp_path / "b.tar", old=True))
        load(
            store,
            oci_archive(
                image([BASE, TOP], history=json.loads(DEMO.config)["history"], tags=["demo:1.0"], compress="gzip"),
                tmp_path / "c.tar",
            ),
        )


def test_layers_that_are_here_are_not_read_again(store, tmp_path):
    put(store, OTHER, tmp_path)
    read = []
    receive_layer = store.blobs.receive_layer
    store.blobs.receive_layer = lambda *args, **how: read.append(1) or receive_layer(*args, **how)
    put(store, DEMO, tmp_path)
    assert len(read) == 1


def test_the_files_are_an_oci_layout(store, tmp_path):
    put(store, DEMO, tmp_path)
    assert json.loads((store.path / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads((store.path / "index.json").read_bytes())
    (entry,) = index["manifests"]
    assert entry["digest"] == DEMO.digest
    assert entry["annotations"] == {
        "org.opencontainers.image.ref.name": "demo:1.0",
        "io.containerd.image.name": "docker.io/library/demo:1.0",
    }
    for digest, content in DEMO.blobs.items():
        assert (store.path / "blobs/sha256" / digest[7:]).read_bytes() == content


def test_an_image_without_a_name(store, tmp_path):
    put(store, DEMO.tagged(), tmp_path)
    (found,) = store.images()
    assert found.names == ()
    assert store.find(DEMO.id).id == DEMO.id


# ---------------------------------------------------------------- names


def test_a_tag_moves_and_the_move_is_told(store, tmp_path):
    put(store, DEMO, tmp_path)
    stored = put(store, OTHER.tagged("demo:1.0"), tmp_path)
    assert stored.moved == ((Reference.parse("demo:1.0"), DEMO.id),)
    assert store.find("demo:1.0").id == OTHER.id
    assert {one.id: one.names for one in store.images()}[DEMO.id] == ()
    assert fsck(store).ok


def test_a_tag_that_may_not_move(store, tmp_path):
    put(store, DEMO, tmp_path)
    with unchanged(store), pytest.raises(Conflict, match=r"demo:1.0"):
        put(store, OTHER.tagged("new:1", "demo:1.0"), tmp_path, clobber=False)
    put(store, DEMO.tagged("demo:1.0", "free:1"), tmp_path, clobber=False)
    assert len(store.find("free:1").names) == 2


def test_tag_untag_delete(store, tmp_path):
    demo = put(store, DEMO, tmp_path).image
    other = put(store, OTHER, tmp_path).image
    stored = store.tag(demo, Reference.parse("other:1"))
    assert stored.moved == ((Reference.parse("other:1"), OTHER.id),)
    assert [str(name) for name in store.find("other:2").names] == ["other:2"]
    store.untag(Reference.parse("other:1"))
    store.untag(Reference.parse("demo:1.0"))
    assert store.find(DEMO.id).names == ()
    with pytest.raises(NotFound, match=r"demo:1.0"):
        store.untag(Reference.parse("demo:1.0"))
    store.tag(demo, Reference.parse("back:1"))
    assert [entry.digest for entry in store.index().manifests].count(DEMO.digest) == 1
    store.delete(other)
    assert [one.id for one in store.images()] == [DEMO.id]
    assert store.image(other.digest).id == OTHER.id  # its blobs stay until gc


@pytest.mark.parametrize(
    "name",
    [
        "demo:1.0",
        "docker.io/library/demo:1.0",
        DEMO.id,
        DEMO.id[7:],
        DEMO.id[7:11],
        DEMO.id[:20],
        DEMO.digest,
        f"demo@{DEMO.digest}",
        f"demo:1.0@{DEMO.id}",
    ],
)
def test_what_finds_an_image(store, tmp_path, name):
    put(store, DEMO, tmp_path)
    assert store.find(name).id == DEMO.id


def test_what_finds_none(store, tmp_path):
    put(store, DEMO, tmp_path)
    for name in ("demo", "demo:2", DEMO.id[7:10], f"other@{DEMO.digest}", f"demo:2@{DEMO.digest}", "", "Bad", "a b"):
        with pytest.raises(NotFound, match="layertui images"):
            store.find(name)


def test_an_exact_name_comes_before_an_id(store, tmp_path):
    name = DEMO.id[7:19]
    put(store, DEMO.tagged(), tmp_path)
    put(store, OTHER.tagged(f"{name}:latest"), tmp_path)
    assert store.find(name).id == OTHER.id


def test_a_prefix_of_several(store, tmp_path):
    made = {}
    for n in range(2000):
        one = image([BASE], created=None, history=(), config={"Labels": {"n": str(n)}})
        if (twin := made.setdefault(one.id[7:11], one)) is not one:
            break
    put(store, one, tmp_path)
    put(store, twin.tagged("twin:1"), tmp_path)
    with pytest.raises(Ambiguous) as caught:
        store.find(one.id[7:11])
    assert one.id[7:19] in str(caught.value)
    assert "twin:1" in str(caught.value)


# ---------------------------------------------------------------- what goes wrong


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
    with unchanged(store), pytest.raises(Damaged, match=r"layer 2 of broken:1 is (cut off|no tar)"):
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


def test_progress_counts_the_bytes(store, tmp_path):
    seen = []
    progress = Progress(report=lambda one: seen.append((one.what, one.done, one.total)))
    put(store, DEMO, tmp_path, progress=progress)
    assert progress.done == progress.total == len(BASE) + len(TOP)
    assert seen[0][0] == "loading demo:1.0"


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


# ---------------------------------------------------------------- several at once


LOAD = """
import sys
from pathlib import Path
from layertui.core.images.archive import open_archive
from layertui.core.store.layout import Store
store = Store(Path(sys.argv[2]))
with open_archive(Path(sys.argv[1])) as found:
    for one in found.images:
        store.put(one, one.names)
"""


def test_processes_that_load_at_once(store_folder, tmp_path):
    paths = []
    for n in range(4):
        built = image([BASE, layer([file(f"f{n}", os.urandom(50_000))])], tags=[f"n{n}:1", "last:1"])
        paths.append(docker_archive(built, tmp_path / f"{n}.tar"))
    running = [
        subprocess.Popen([sys.executable, "-P", "-c", LOAD, path, store_folder]) for path in paths for _ in range(2)
    ]
    assert [one.wait() for one in running] == [0] * 8
    store = Store(store_folder)
    assert len(store.images()) == 4
    assert len([entry for entry in store.index().manifests if "last:1" in entry.annotations.values()]) == 1
    assert fsck(store).ok


def test_a_reader_never_sees_half_an_image(store, tmp_path):
    stop = threading.Event()
    failures = []

    def look():
        while not stop.is_set():
            failures.extend(one.id for one in store.images() for each in one.layers if not store.blobs.has(each.digest))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for n in range(20):
            put(store, image([BASE, layer([file("x", b"%d" % n)])], tags=["turn:1"]), tmp_path)
    finally:
        stop.set()
        watcher.join()
    assert failures == []
    assert len(store.images()) == 20


@pytest.mark.parametrize("moment", ["the index is looked for", "blobs are looked for"])
def test_the_first_image_may_come_while_somebody_looks(store, tmp_path, monkeypatch, moment):
    reader, listed = Store(store.path), Blobs.listed

    def arrives():
        monkeypatch.undo()
        put(store, image([BASE], tags=["first:1"]), tmp_path)

    def no_index(path):
        arrives()
        raise FileNotFoundError(path)

    def blobs(self):
        arrives()
        return listed(self)

    if moment == "blobs are looked for":
        monkeypatch.setattr(Blobs, "listed", blobs)
    else:
        monkeypatch.setattr(layout, "content_of", no_index)
    assert [one.names[0].familiar for one in reader.images()] == ["first:1"]


def test_import_and_commit_ingest_layers_on_their_own(store):
    descriptor, diff_id = store.blobs.ingest_layer(io.BytesIO(compressed(BASE, "gzip")), Progress())
    assert (descriptor.digest, diff_id) == (digest_of(compressed(BASE, "gzip")), digest_of(BASE))
    assert store.blobs.path(descriptor.digest).read_bytes() == compressed(BASE, "gzip")
