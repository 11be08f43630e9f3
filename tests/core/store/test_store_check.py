"""fsck, gc and df: what is damaged, what nothing needs, what it all takes."""

import json
import os
import sys
from collections import Counter

import pytest

from builders import digest_of, file, folder, image, layer, oci_archive, oci_layout, whiteout
from layertui.core.errors import Conflict, Damaged
from layertui.core.fs.atomic import Lock
from layertui.core.images.archive.archive import open_archive
from layertui.core.oci.digest import Digest
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress
from layertui.core.store.blob_sums import sum_blobs
from layertui.core.store.blobs import Blobs
from layertui.core.store.store_check import df, fsck, gc
from layertui.core.store.store_layout import Store

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", b"#!" * 4000, mode=0o755)])
DEMO = image([BASE, TOP], tags=["demo:1.0"], compress="gzip")
OTHER = image([BASE], tags=["other:1"], compress="gzip")


@pytest.fixture
def store(store_folder, tmp_path):
    store = Store(store_folder)
    with open_archive(oci_archive([DEMO, OTHER], tmp_path / "in.tar")) as found:
        for one in found.images:
            store.put(one, one.names)
    return store


def overwrite(store, digest, content):
    path = store.blobs.path(Digest(digest))
    path.chmod(0o644)
    path.write_bytes(content)


def kinds(report):
    return sorted(problem.kind for problem in report.problems)


def test_a_sound_store(store):
    report = fsck(store)
    assert report.ok
    assert report.checked["images"] == 2
    assert report.checked["blobs"] == 6
    assert report.checked["names"] == 2


def test_an_empty_store(store_folder):
    report = fsck(Store(store_folder))
    assert report.ok
    assert report.checked["images"] == 0


def test_a_layer_that_has_rotted(store):
    stored = store.find("demo:1.0").layers[1]
    content = store.blobs.path(stored.digest).read_bytes()
    overwrite(store, stored.digest, content[:-1] + bytes([content[-1] ^ 1]))
    report = fsck(store)
    assert kinds(report) == ["digest"]
    assert report.problems[0].what == stored.digest
    repaired = fsck(store, repair=True)
    assert [problem.kind for problem in repaired.repaired] == ["digest"]
    assert fsck(store).ok
    assert [one.id for one in store.images()] == [OTHER.id]


def test_a_layer_that_is_cut_off(store):
    stored = store.find("demo:1.0").layers[1]
    overwrite(store, stored.digest, b"x")
    assert kinds(fsck(store)) == ["digest", "size"]


def test_what_is_missing(store):
    demo = store.find("demo:1.0")
    store.blobs.delete(demo.layers[1].digest)
    assert [(one.kind, one.what) for one in fsck(store).problems] == [("missing", demo.layers[1].digest)]
    store.blobs.delete(demo.digest)
    assert [(one.kind, one.what) for one in fsck(store).problems] == [("missing", demo.digest)]
    report = fsck(store, repair=True)
    assert report.ok
    assert [one.id for one in store.images()] == [OTHER.id]


def test_a_config_that_has_rotted(store):
    overwrite(store, DEMO.id, DEMO.config.replace(b"amd64", b"amd65"))
    assert kinds(fsck(store)) == ["digest"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_an_index_that_cannot_be_read_is_made_anew(store, content):
    (store.path / "index.json").write_bytes(content)
    assert "index" in kinds(fsck(store))
    report = fsck(store, repair=True)
    assert report.ok
    assert {one.id for one in store.images()} == {DEMO.id, OTHER.id}


def test_a_missing_layout_file(store):
    (store.path / "oci-layout").unlink()
    assert kinds(fsck(store)) == ["layout"]
    assert fsck(store, repair=True).ok


def test_a_name_of_two_images(store):
    index = json.loads((store.path / "index.json").read_bytes())
    index["manifests"][1]["annotations"] = index["manifests"][0]["annotations"]
    (store.path / "index.json").write_text(json.dumps(index))
    (problem,) = fsck(store).problems
    assert (problem.kind, problem.what) == ("name", "demo:1.0")
    store.tag(store.find(OTHER.id), Reference.parse("demo:1.0"))
    assert fsck(store).ok


def test_a_lie_about_a_diff_id(store, tmp_path):
    config = DEMO.config.replace(digest_of(TOP).encode(), digest_of(b"lie").encode())
    manifest = json.loads(DEMO.manifest)
    manifest["config"] |= {"digest": digest_of(config), "size": len(config)}
    raw = json.dumps(manifest).encode()
    for content in (config, raw):
        (store.path / "blobs/sha256" / digest_of(content)[7:]).write_bytes(content)
    index = json.loads((store.path / "index.json").read_bytes())
    index["manifests"].append(DEMO.descriptor | {"digest": digest_of(raw), "size": len(raw)})
    (store.path / "index.json").write_text(json.dumps(index))
    (problem,) = fsck(store).problems
    assert (problem.kind, problem.what) == ("diff-id", digest_of(DEMO.stored[1]))


def test_what_is_no_blob(store):
    (store.path / "blobs/sha256/README").write_text("hello")
    (problem,) = fsck(store).problems
    assert (problem.kind, problem.what) == ("stray", "blobs/sha256/README")


# ---------------------------------------------------------------- gc


def test_nothing_to_sweep(store):
    swept = gc(store)
    assert (swept.blobs, swept.size, swept.temporary) == ((), 0, 0)
    assert fsck(store).ok


def test_what_no_image_needs_is_swept(store):
    demo = store.find("demo:1.0")
    store.delete(demo)
    would = gc(store, dry_run=True)
    assert set(would.blobs) == {DEMO.id, DEMO.digest, digest_of(DEMO.stored[1])}
    assert store.blobs.has(Digest(DEMO.digest))
    assert gc(store) == would
    assert not any(store.blobs.has(digest) for digest in would.blobs)
    assert fsck(store).ok
    assert store.find("other:1").layers[0].open().read() == OTHER.stored[0]


def test_what_a_container_needs_is_kept(store):
    store.delete(store.find("demo:1.0"))
    assert gc(store, keep=lambda: [Digest(DEMO.digest)]).blobs == ()
    assert store.image(Digest(DEMO.digest)).layers[1].open().read() == DEMO.stored[1]


def test_what_died_half_written_is_swept(store):
    (store.path / "tmp").mkdir(exist_ok=True)
    (store.path / "tmp/.tmp-123-abc").write_bytes(b"x" * 77)
    swept = gc(store)
    assert (swept.temporary, swept.size) == (1, 77)
    assert os.listdir(store.path / "tmp") == []


def test_no_sweeping_while_something_is_loaded(store):
    with store.writing(), pytest.raises(Conflict, match="another layertui"):
        gc(store)
    gc(store)
    with store.alone(), pytest.raises(Conflict), Lock(store.path / "lock", shared=True, timeout=0):
        pass


def test_no_sweeping_where_nobody_knows_what_is_needed(store):
    overwrite(store, DEMO.digest, b"{}")
    with pytest.raises(Damaged, match="fsck"):
        gc(store)
    assert store.blobs.has(Digest(digest_of(DEMO.stored[1])))


def test_foreign_entries_keep_what_they_reach(store, tmp_path):
    """What skopeo or umoci add to the index is theirs, and stays."""
    foreign = oci_layout(image([TOP], architecture="s390x"), tmp_path / "foreign")
    for path in (foreign / "blobs/sha256").iterdir():
        (store.path / "blobs/sha256" / path.name).write_bytes(path.read_bytes())
    index = json.loads((store.path / "index.json").read_bytes())
    (entry,) = json.loads((foreign / "index.json").read_bytes())["manifests"]
    index["manifests"].append(entry | {"artifactType": "application/vnd.example"})
    (store.path / "index.json").write_text(json.dumps(index))
    assert gc(store).blobs == ()
    assert len(store.images()) == 2
    store.tag(store.find("demo:1.0"), Reference.parse("again:1"))
    assert len(store.index().manifests) == 4


# ---------------------------------------------------------------- what it costs


@pytest.fixture
def opened(monkeypatch):
    """How often each blob is opened from now on."""
    path, found = Blobs._path, Counter()

    def count(self, digest):
        raw = path(self, digest)
        found[digest] += sys._getframe(1).f_code.co_name in ("open", "path")
        return raw

    monkeypatch.setattr(Blobs, "_path", count)
    return found


def test_a_check_reads_each_blob_once(store_folder, tmp_path, opened):
    store = Store(store_folder)
    with open_archive(
        oci_archive([image([BASE, TOP], tags=["a:1"]), image([BASE], tags=["b:1"])], tmp_path / "a")
    ) as found:
        for one in found.images:
            store.put(one, one.names)
    opened.clear()
    report = fsck(store)
    assert report.ok
    assert set(opened.values()) <= {0, 1}
    assert sum(opened.values()) == report.checked["blobs"]


def test_a_container_more_reads_no_image_more(store, opened):
    images = [image.digest for image in store.images()]

    def reads(containers):
        opened.clear()
        fsck(store, lambda whole: [] if all(whole(one) for one in images * containers) else None)
        return sum(opened.values())

    assert reads(50) == reads(1)


def test_a_check_reports_its_progress(store):
    seen = []
    fsck(store, progress=Progress(report=lambda one: seen.append((one.what, one.total, one.unit))))
    stored = {digest: len(blob) for digest, blob in (DEMO.blobs | OTHER.blobs).items()}
    documents = {DEMO.digest, DEMO.id, OTHER.digest, OTHER.id}
    layers = sum(size for digest, size in stored.items() if digest not in documents)
    assert seen[0] == ("reading images", 2, "images")
    assert ("summing blobs", layers, "bytes") in seen
    assert seen[-1] == ("checking containers", None, "containers")


def test_what_was_counted_is_what_there_was_to_count(store):
    progress = Progress()
    sizes = dict(store.blobs.listed())
    found = sum_blobs(store.blobs, sizes.items(), {layer.digest for layer in store.find("demo:1.0").layers}, progress)
    assert progress.done == progress.total == sum(sizes.values())
    assert {digest: one.digest for digest, one in found.items()} == {digest: digest for digest in sizes}
    assert [found[layer.digest].diff_id for layer in store.find("demo:1.0").layers] == list(DEMO.diff_ids)


# ---------------------------------------------------------------- df


def test_what_images_take(store):
    taken = df(store)
    total = sum(len(blob) for blob in (DEMO.blobs | OTHER.blobs).values())
    assert (taken.images, taken.active, taken.size, taken.reclaimable) == (2, 0, total, total)
    taken = df(store, [Digest(DEMO.digest)])
    assert (taken.active, taken.reclaimable) == (1, len(OTHER.config) + len(OTHER.manifest))
