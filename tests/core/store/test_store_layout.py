"""The store: an image is there whole or not at all, under the names it was given."""

import io
import json
import os
import subprocess
import sys
import threading

import pytest

from builders import (
    compressed,
    digest_of,
    docker_archive,
    docker_files,
    file,
    image,
    layer,
    oci_archive,
    oci_layout,
    pack,
)
from layertui.core.errors import Ambiguous, Conflict, NotFound
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress
from layertui.core.store import index_file
from layertui.core.store.blobs import Blobs
from layertui.core.store.store_check import fsck
from layertui.core.store.store_layout import Store
from store_sample import BASE, DEMO, OTHER, TOP, load, put, unchanged


@pytest.fixture
def store(store_folder):
    return Store(store_folder)


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


def test_a_tag_moves_and_the_move_is_reported(store, tmp_path):
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


def test_progress_counts_the_bytes(store, tmp_path):
    seen = []
    progress = Progress(report=lambda one: seen.append((one.what, one.done, one.total)))
    put(store, DEMO, tmp_path, progress=progress)
    assert progress.done == progress.total == len(BASE) + len(TOP)
    assert seen[0][0] == "loading demo:1.0"


# ---------------------------------------------------------------- several at once


LOAD = """
import sys
from pathlib import Path
from layertui.core.images.archive.archive import open_archive
from layertui.core.store.store_layout import Store
store = Store(Path(sys.argv[2]))
with open_archive(Path(sys.argv[1])) as found:
    for one in found.images:
        store.put(one, one.names)
"""


@pytest.mark.slow
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


@pytest.mark.slow
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
def test_the_first_image_may_come_while_a_reader_looks(store, tmp_path, monkeypatch, moment):
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
        monkeypatch.setattr(index_file, "read_small", no_index)
    assert [one.names[0].familiar for one in reader.images()] == ["first:1"]


def test_import_and_commit_ingest_layers_on_their_own(store):
    descriptor, diff_id = store.blobs.ingest_layer(io.BytesIO(compressed(BASE, "gzip")), Progress())
    assert (descriptor.digest, diff_id) == (digest_of(compressed(BASE, "gzip")), digest_of(BASE))
    assert store.blobs.path(descriptor.digest).read_bytes() == compressed(BASE, "gzip")
