"""The file of summaries: what is wrong with it is passed over, and where it is whole little else is read."""

import json
import os
import subprocess
import sys
import time
from zlib import crc32

import pytest

from builders import digest_of, file, image, layer, oci_archive
from layertui.core.engines.discover import Engines
from layertui.core.images.archive.archive import open_archive
from layertui.core.inspector import Inspector
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.reference import Reference
from layertui.core.progress import quiet
from layertui.core.settings import Settings
from layertui.core.store import image_summaries
from layertui.core.store.store_layout import Store
from layertui.core.store_paths import IMAGE_SUMMARIES

BASE = layer([file("a", b"base")])
IMAGES = [
    image([BASE, layer([file("b", b"b" * number)])], tags=[f"shop:{number}"], compress="gzip") for number in range(1, 5)
]


@pytest.fixture
def place(store_folder):
    where = Settings(store=store_folder, engine="embedded")
    return lambda: Engines(where, lambda: Catalog(where.cache)).default


@pytest.fixture
def kept(store_folder, place, tmp_path):
    """The file, of a store with images, written."""
    with open_archive(oci_archive(IMAGES, tmp_path / "in.tar")) as archive:
        for one in archive.images:
            place().sink.put(one, one.names, quiet())
    assert len(place().images.list()) == len(IMAGES)
    return store_folder / "cache" / IMAGE_SUMMARIES


def rewrite(kept, change):
    """Change what the file says, with a checksum that is right."""
    said = json.loads(kept.read_bytes()[8:])
    change(said)
    content = json.dumps(said).encode()
    kept.write_bytes(b"%08x" % crc32(content) + content)


def reads(monkeypatch):
    """How many images are read from now on."""
    read, count = Store._read, []
    monkeypatch.setattr(Store, "_read", lambda self, entry: count.append(entry) or read(self, entry))
    return count


def test_a_second_list_reads_no_image(place, kept, monkeypatch):
    first, count = place().images.list(), reads(monkeypatch)
    assert place().images.list() == first
    assert count == []


def test_after_a_change_only_what_is_new_is_read(place, kept, tmp_path, monkeypatch):
    new = image([BASE], tags=["new:1"])
    with open_archive(oci_archive(new, tmp_path / "new.tar")) as archive:
        place().sink.put(archive.images[0], archive.images[0].names, quiet())
    count = reads(monkeypatch)
    assert len(place().images.list()) == len(IMAGES) + 1
    assert len(count) <= 1


def test_a_tag_reads_the_image_that_is_meant_and_no_other(place, kept, monkeypatch):
    count = reads(monkeypatch)
    place().sink.tag("shop:1", Reference.parse("other:1"))
    assert [one.descriptor.digest for one in count] == [IMAGES[0].digest]


@pytest.mark.parametrize("damage", ["empty", "cut", "a byte", "other words", "no JSON", "a folder", "a pipe", "a link"])
def test_a_damaged_file_is_passed_over_and_made_anew(place, kept, monkeypatch, damage):
    whole, first = kept.read_bytes(), place().images.list()
    kept.unlink()
    match damage:
        case "empty":
            kept.write_bytes(b"")
        case "cut":
            kept.write_bytes(whole[: len(whole) // 2])
        case "a byte":
            kept.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        case "other words":
            kept.write_bytes(b"%08x" % crc32(b'["x"]') + b'["x"]')
        case "no JSON":
            kept.write_bytes(b"%08x" % crc32(b"{") + b"{")
        case "a folder":
            kept.mkdir()
        case "a pipe":
            os.mkfifo(kept)
        case "a link":
            kept.symlink_to("/dev/zero")
    count = reads(monkeypatch)
    assert place().images.list() == first
    assert len(count) == len(IMAGES)
    if damage != "a folder":  # which nobody puts a file in the place of
        count.clear()
        assert place().images.list() == first
        assert count == []


CHANGES = {
    "another version": lambda said: said.update(version=0),
    "no version": lambda said: said.pop("version"),
    "no images": lambda said: said.pop("images"),
    "a row too short": lambda said: said["images"][0].pop(),
    "a row of another kind": lambda said: said["images"].__setitem__(0, 7),
    "a digest that is none": lambda said: said["images"][0].__setitem__(0, "../../etc/passwd"),
    "an ID that is none": lambda said: said["images"][0].__setitem__(3, None),
    "a size below nought": lambda said: said["images"][0].__setitem__(1, -1),
    "a size that is true": lambda said: said["images"][0].__setitem__(1, True),
    "an architecture of a number": lambda said: said["images"][0].__setitem__(7, 3),
    "a time of a list": lambda said: said["images"][0].__setitem__(6, []),
    "a layer that is not there": lambda said: said["images"][0].__setitem__(9, [99]),
    "a layer from the end": lambda said: said["images"][0].__setitem__(9, [-1]),
    "a layer of another kind": lambda said: said["layers"].__setitem__(0, {}),
    "names of a number": lambda said: said["listed"][0].__setitem__(1, 5),
    "a name of a number": lambda said: said["listed"][0].__setitem__(1, [5]),
    "an index of a number": lambda said: said.update(index=5),
    "a row that is not there": lambda said: said["listed"][0].__setitem__(0, 99),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_of_another_form_is_passed_over(place, kept, monkeypatch, change):
    first = place().images.list()
    rewrite(kept, change)
    count = reads(monkeypatch)
    assert place().images.list() == first
    assert len(count) == len(IMAGES)


def test_the_file_of_another_store_is_passed_over(place, kept, tmp_path, monkeypatch):
    first = place().images.list()
    other = Settings(store=tmp_path / "other", engine="embedded")
    elsewhere = Engines(other, lambda: Catalog(other.cache)).default
    with open_archive(oci_archive(image([BASE], tags=["shop:1"]), tmp_path / "other.tar")) as archive:
        elsewhere.sink.put(archive.images[0], archive.images[0].names, quiet())
    assert elsewhere.images.list() != first
    kept.write_bytes((other.cache / IMAGE_SUMMARIES).read_bytes())
    assert place().images.list() == first


def test_the_file_of_another_user_is_passed_over(place, kept, monkeypatch):
    first = place().images.list()
    rewrite(kept, lambda said: said["images"][0].__setitem__(7, "never"))
    assert "never" in [one.architecture for one in place().images.list()]
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert place().images.list() == first


def test_what_a_file_says_that_lies_goes_into_no_image(place, kept, store_folder):
    """It may name another image for an ID: who asks for that gets what the blobs say, or nothing."""

    def lie(said):
        said["images"][0][3], said["images"][1][3] = said["images"][1][3], said["images"][0][3]

    meant = Store(store_folder).find(IMAGES[0].id)
    rewrite(kept, lie)
    found = Store(store_folder).find("shop:1")
    assert found == meant
    assert found.id == IMAGES[0].id


def test_an_image_that_lies_about_the_size_of_a_layer_changes_no_other(place, kept, store_folder):
    first = place().images.list()
    manifest = json.loads(IMAGES[0].manifest)
    manifest["layers"][0]["size"] += 1
    raw = json.dumps(manifest).encode()
    (store_folder / "blobs/sha256" / digest_of(raw)[7:]).write_bytes(raw)
    index = json.loads((store_folder / "index.json").read_bytes())
    entry = {"mediaType": manifest["mediaType"], "digest": digest_of(raw), "size": len(raw)}
    index["manifests"].insert(0, entry)
    (store_folder / "index.json").write_text(json.dumps(index))
    for _ in range(2):
        liar, *rest = place().images.list()
        assert (liar.digest, liar.size) == (digest_of(raw), None)
        assert rest == first


def test_a_store_that_cannot_be_written_to_is_listed_all_the_same(place, kept, monkeypatch):
    first = place().images.list()
    kept.unlink()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(image_summaries, "write_checked", full)
    assert place().images.list() == first
    assert not kept.exists()


def test_who_only_looks_makes_no_store(tmp_path):
    where = Settings(store=tmp_path / "nowhere", engine="embedded")
    assert Engines(where, lambda: Catalog(where.cache)).default.images.list() == []
    assert not where.store.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "blobs"),
    [
        (["images"], 0),
        (["--json", "images"], 0),
        (["df"], 0),
        (["tag", "shop:1", "other:1"], 2),
        (["history", "shop:2"], 4),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_one_verb_reads_the_index_once_and_few_blobs(kept, store_folder, words, blobs):
    index = store_folder / "index.json"
    while time.time_ns() - index.stat().st_ctime_ns < 200_000_000:  # one that is younger may change unseen
        time.sleep(0.02)
    opened = [path for path in _opened(["--store", str(store_folder), *words]) if path.startswith(str(store_folder))]
    assert opened.count(str(index)) == 1
    assert len({path for path in opened if "/blobs/sha256/" in path}) == blobs


def _opened(words):
    """The files that a verb opens."""
    code = f"""
import sys
opened = []
sys.addaudithook(lambda what, args: opened.append(args[0]) if what == "open" else None)
from layertui.tui.verbs.commands import run
assert run({words!r}) == 0
print("\\0".join(str(one) for one in opened))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.rpartition("\n")[0].rpartition("\n")[2].split("\0")


def test_a_damaged_file_is_reported_as_left_over(kept, store_folder):
    with Inspector(Settings(store=store_folder)) as inspector:
        assert inspector.store.fsck().leftovers == ()
        kept.write_bytes(kept.read_bytes()[:-1])
        report = inspector.store.fsck()
    assert report.ok
    assert [one.what for one in report.leftovers] == ["cache/images.json"]
