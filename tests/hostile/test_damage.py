"""Each kind of damage that a store can take: `fsck` says in a line what it means, `fsck --repair` repairs it or moves it to lost+found.

Nothing is ever deleted by a repair, and after it the store is sound.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from absent import need
from command_line import layertui
from hostile.damage import BASE, BOTH, DEMO, OTHER, TOP, blob, box, cut, everything, flip, state

pytestmark = pytest.mark.slow

Damage = Callable[[Path], object]
# What is done; the kinds of problems that are reported; which images and containers the store has after the repair.
ONE = {"other:1"}
DAMAGE: dict[str, tuple[Damage, set[str], set[str], set[str]]] = {
    "a blob is gone": (lambda s: blob(s, TOP).unlink(), {"missing", "container"}, ONE, {"other"}),
    "a blob is altered": (lambda s: flip(blob(s, TOP)), {"digest", "container"}, ONE, {"other"}),
    "a blob is cut off": (lambda s: cut(blob(s, TOP)), {"digest", "size", "container"}, ONE, {"other"}),
    "a config is altered": (lambda s: flip(blob(s, DEMO.id)), {"digest", "container"}, ONE, {"other"}),
    "a manifest is gone": (lambda s: _manifest(s).unlink(), {"missing", "container"}, ONE, {"other"}),
    "a manifest is cut off": (
        lambda s: cut(_manifest(s)),
        {"digest", "size", "manifest", "container"},
        ONE,
        {"other"},
    ),
    "the index is gone": (lambda s: (s / "index.json").unlink(), {"index"}, BOTH, {"box", "other"}),
    "the index is half": (lambda s: cut(s / "index.json"), {"index"}, BOTH, {"box", "other"}),
    "the index is empty": (lambda s: os.truncate(s / "index.json", 0), {"index"}, BOTH, {"box", "other"}),
    "the layout file is gone": (lambda s: (s / "oci-layout").unlink(), {"layout"}, BOTH, {"box", "other"}),
    "all of it is gone": (
        lambda s: [(s / name).unlink() for name in ("oci-layout", "index.json")],
        {"layout", "index"},
        BOTH,
        {"box", "other"},
    ),
    "a stranger among the blobs": (
        lambda s: (s / "blobs/sha256/README").write_text("hello"),
        {"stray"},
        BOTH,
        {"box", "other"},
    ),
    "a record is gone": (lambda s: (box(s) / "record.json").unlink(), {"record"}, BOTH, {"other"}),
    "a record is half": (lambda s: cut(box(s) / "record.json"), {"record"}, BOTH, {"other"}),
    "a record is a pipe": (lambda s: pipe(box(s) / "record.json"), {"record"}, BOTH, {"other"}),
    "a writable layer is gone": (lambda s: shutil.rmtree(box(s) / "upper"), {"container"}, BOTH, {"other"}),
    "a writable layer is a link": (lambda s: linked(box(s) / "upper"), {"container"}, BOTH, {"other"}),
    "a work folder is a link": (lambda s: linked(box(s) / "work"), {"container"}, BOTH, {"box", "other"}),
    "a work folder is gone": (lambda s: shutil.rmtree(box(s) / "work"), {"container"}, BOTH, {"box", "other"}),
    "a name is gone": (lambda s: (s / "containers/names/box").unlink(), {"name"}, BOTH, {"box", "other"}),
    "all names are gone": (lambda s: shutil.rmtree(s / "containers/names"), {"name"}, BOTH, {"box", "other"}),
}  # fmt: skip


def linked(path: Path) -> None:
    """It lies elsewhere, and a link leads there."""
    elsewhere = path.parents[3] / "elsewhere"
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)


def pipe(path: Path) -> None:
    """Opening it for reading waits for a writer."""
    path.unlink()
    os.mkfifo(path)


def _manifest(store: Path) -> Path:
    index = json.loads((store / "index.json").read_bytes())
    return blob(store, index["manifests"][0]["digest"])


@pytest.mark.parametrize("what", DAMAGE)
def test_damage(what, store):
    damage, kinds, images, containers = DAMAGE[what]
    damage(store)
    told = layertui("fsck", "--json", store=store)
    assert (told.code, told.err) == (1, "")
    assert {one["kind"] for one in told.json["problems"]} == kinds
    text = layertui("fsck", store=store)
    assert (text.code, text.err, len(text.lines)) == (1, "", len(told.json["problems"]) + 1)
    before = everything(store)
    done = layertui("fsck", "--repair", "--json", store=store)
    assert done.json["problems"] == []
    assert done.code == 0
    assert before <= everything(store)
    assert layertui("fsck", store=store).ok().text.startswith("ok: ")
    assert state(store) == (images, containers)
    layertui("gc", store=store).ok()
    assert layertui("fsck", store=store).ok().text.startswith("ok: ")
    assert state(store) == (images, containers)


def test_a_name_that_two_containers_have(store):
    """The one that it leads to keeps it, in one repair."""
    record = box(store) / "record.json"
    record.write_bytes(record.read_bytes().replace(b'"box"', b'"other"'))
    layertui("fsck", "--repair", store=store).ok()
    assert layertui("fsck", store=store).ok().lines[-1].startswith("ok: ")
    assert state(store)[1] == {"other", f"other-{record.parent.name[:12]}"}
    assert layertui("inspect", "other", "--json", store=store).ok().json[0]["Id"] != record.parent.name


def test_an_writable_layer_that_is_a_link_is_not_written_through(store, tmp_path):
    linked(box(store) / "upper")
    for words in (["write", "box", "/new", "/dev/null"], ["unlink", "box", "/mine"], ["commit", "box"]):
        assert "layertui fsck --repair" in layertui(*words, store=store).failed(1).err
    assert sorted(os.listdir(store.parent / "elsewhere")) == ["mine"]


def test_a_container_whose_record_is_wrong_does_not_come_back(store):
    record = box(store) / "record.json"
    record.write_bytes(record.read_bytes().replace(b'"box"', b'"../box"'))
    for _ in range(2):
        layertui("fsck", "--repair", store=store).ok()
        assert state(store) == (BOTH, {"other"})
    layertui("gc", store=store).ok()


def test_a_file_in_the_place_of_a_container(store):
    """What it needed is unknown."""
    place = box(store)
    shutil.rmtree(place)
    place.touch()
    assert "fsck --repair" in layertui("gc", store=store).failed(1).err


def test_a_container_waits_for_its_image(store, tmp_path):
    """It comes back with all that was in it, under its name."""
    blob(store, TOP).unlink()
    layertui("fsck", "--repair", store=store).ok()
    layertui("gc", store=store).ok()
    assert state(store) == ({"other:1"}, {"other"})
    layertui("load", tmp_path / "0.tar", store=store).ok()
    hint = layertui("fsck", store=store).ok().lines[0]
    assert "`fsck --repair` puts it back" in hint
    layertui("fsck", "--repair", store=store).ok()
    assert state(store) == ({"demo:1", "other:1"}, {"box", "other"})
    assert layertui("cat", "container:box", "/mine", store=store).ok().out == b"precious\n"


def test_what_is_left_of_an_image_can_be_looked_at(store):
    blob(store, TOP).unlink()
    layertui("fsck", "--repair", store=store).ok()
    layertui("gc", store=store).ok()
    aside = store / "lost+found"
    assert [one["tags"] for one in layertui("images", "--json", store=aside).ok().json] == [["demo:1"]]
    assert blob(aside, DEMO.diff_ids[0]).read_bytes() == BASE


def test_names_that_nobody_remembers(store):
    """Then the images are there without one, and the repair says so."""
    (store / "index.json").unlink()
    shutil.rmtree(store / "events")
    assert "`layertui tag` can give" in layertui("fsck", "--repair", store=store).ok().text
    images = layertui("images", "--json", store=store).ok().json
    assert {one["id"] for one in images} == {DEMO.id, OTHER.id}
    assert layertui("diff", "box", store=store).ok().lines == ["A /mine"]


def test_names_are_those_that_were_last(store):
    layertui("tag", "demo:1", "demo:2", store=store).ok()
    layertui("tag", "other:1", "demo:1", store=store).ok()
    layertui("rmi", "other:1", store=store).ok()
    before = layertui("images", "--json", store=store).ok().json
    (store / "index.json").unlink()
    layertui("fsck", "--repair", store=store).ok()
    after = layertui("images", "--json", store=store).ok().json
    assert sorted((one["id"], sorted(one["tags"])) for one in after) == sorted(
        (one["id"], sorted(one["tags"])) for one in before
    )


def test_a_lost_index_is_no_new_store(store):
    """No verb takes a store that has lost its index for an empty one, and least of all `gc`."""
    (store / "index.json").unlink()
    for words in (("images",), ("gc",), ("ls", "demo:1"), ("rmi", "demo:1"), ("load", store.parent / "0.tar")):
        assert "fsck --repair" in layertui(*words, store=store).failed(1).err
    assert not (store / "index.json").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\0"])
def test_a_damaged_index_is_reported_with_what_mends_it(content, store):
    (store / "index.json").write_bytes(content)
    for words in (("images",), ("gc",), ("load", store.parent / "0.tar")):
        assert "fsck --repair" in layertui(*words, store=store).failed(1).err
    assert (store / "index.json").read_bytes() == content


def test_a_record_that_cannot_be_read_keeps_its_image(store):
    """Other containers are listed all the same; nothing is deleted, since it is unknown what that one needs."""
    cut(box(store) / "record.json")
    assert [one["name"] for one in layertui("ps", "-a", "--json", store=store).ok().json] == ["other"]
    assert "fsck --repair" in layertui("gc", store=store).failed(1).err


CALLS = "rename,link,linkat,fsync,mkdir,symlink,write"


def repaired(store: Path, *inject: str) -> str:
    """The calls of a repair, which may be killed at one of them."""
    log = store.parent / "calls"
    traced = ("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-o", log, "-e", f"trace={CALLS}", *inject)
    words = (*traced, sys.executable, "-m", "layertui", "--store", store, "fsck", "--repair")
    subprocess.run(words, capture_output=True, check=False, timeout=120)
    return log.read_text(errors="replace")


def test_a_repair_that_is_killed(store, tmp_path):
    """At any of its calls: the next one ends it, and nothing has gone."""
    need("strace")
    blob(store, TOP).unlink()
    flip(blob(store, OTHER.id))
    (box(store) / "record.json").unlink()
    (store / "oci-layout").unlink()
    (store / "containers/names/other").unlink()
    ready, before = tmp_path / "ready", everything(store)
    subprocess.run(["cp", "-a", store, ready], check=True)
    calls = re.findall(rf"^(?:\d+ +)?(\w+)\(.*{re.escape(str(store))}", repaired(store), re.MULTILINE)
    points = [(call, number) for call, times in Counter(calls).items() for number in range(1, times + 1)]
    assert len(points) > 20
    for call, number in random.Random(1).sample(points, 6):
        shutil.rmtree(store)
        subprocess.run(["cp", "-a", ready, store], check=True)
        repaired(store, "-e", f"inject={call}:signal=KILL:when={number}")
        assert before <= everything(store), (call, number)
        layertui("fsck", "--repair", store=store).ok()
        assert before <= everything(store), (call, number)
        assert layertui("fsck", store=store).ok().text.startswith("ok: ")
