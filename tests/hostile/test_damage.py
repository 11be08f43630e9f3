"""Each kind of damage that a store can take: `fsck` says in a line what it means, `fsck --repair` mends it or moves it aside.

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

from builders import docker_archive, file, folder, image, layer
from command_line import layertui
from hostile.test_kills import need_strace

BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 500)])
DEMO = image([BASE, layer([file("srv", b"1" * 9000)])], tags=["demo:1"], config={"Cmd": ["true"]})
OTHER = image([BASE], tags=["other:1"], config={"Cmd": ["true"]})
Damage = Callable[[Path], object]


@pytest.fixture
def store(tmp_path, store_folder):
    """Two images that share a layer; a container of each, and a file written into one."""
    for number, one in enumerate((DEMO, OTHER)):
        layertui("load", docker_archive(one, tmp_path / f"{number}.tar"), store=store_folder).ok()
    layertui("create", "--name", "box", "demo:1", store=store_folder).ok()
    layertui("create", "--name", "other", "other:1", store=store_folder).ok()
    layertui("write", "box", "/mine", stdin=b"precious\n", store=store_folder).ok()
    return store_folder


def blob(store: Path, digest: str) -> Path:
    path = store / "blobs/sha256" / digest.removeprefix("sha256:")
    path.chmod(0o644)
    return path


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def box(store: Path) -> Path:
    return next(path.parent for path in store.glob("containers/*/record.json") if b'"box"' in path.read_bytes())


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


TOP = DEMO.diff_ids[1]
# What is done; the kinds of problems that are told; which images and containers the store has after the repair.
BOTH, ONE = {"demo:1", "other:1"}, {"other:1"}
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
    "an own layer is gone": (lambda s: shutil.rmtree(box(s) / "upper"), {"container"}, BOTH, {"other"}),
    "a work folder is gone": (lambda s: shutil.rmtree(box(s) / "work"), {"container"}, BOTH, {"box", "other"}),
    "a name is gone": (lambda s: (s / "containers/names/box").unlink(), {"name"}, BOTH, {"box", "other"}),
    "all names are gone": (lambda s: shutil.rmtree(s / "containers/names"), {"name"}, BOTH, {"box", "other"}),
}  # fmt: skip


def pipe(path: Path) -> None:
    """Whoever opens it to read waits for somebody who writes."""
    path.unlink()
    os.mkfifo(path)


def _manifest(store: Path) -> Path:
    index = json.loads((store / "index.json").read_bytes())
    return blob(store, index["manifests"][0]["digest"])


def everything(store: Path) -> set[bytes]:
    """The contents of all files that somebody could miss."""
    kept = (*store.rglob("blobs/*/*"), *store.rglob("upper/*"), *store.rglob("*.json*"))
    return {path.read_bytes() for path in kept if path.is_file()}


def state(store: Path) -> tuple[set[str], set[str]]:
    images = layertui("images", "--json", store=store).ok().json
    containers = layertui("ps", "-a", "--json", store=store).ok().json
    return {tag for one in images for tag in one["tags"]}, {one["name"] for one in containers}


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


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def folder_of_something(path: Path) -> None:
    path.mkdir()
    (path / "file").touch()


PLACES = [
    *("lock", "index.lock", "index.json", "oci-layout", "tmp", "cache", "events/log", "lost+found", "volumes", "unpacked"),
    *("containers", "containers/lock", "containers/names", "containers/names/box", "BOX", "BLOB"),
    *(f"BOX/{name}" for name in ("record.json", "work", "lock", "log", "owners", "failed", "run", "run/state", "run/exit")),
]  # fmt: skip
USED = [
    *(["images"], ["ps", "-a"], ["logs", "box"], ["ls", "container:box"], ["df"], ["events", "--until", "0s"]),
    *(["tag", "other:1", "other:2"], ["gc"]),
]


@pytest.mark.parametrize("put", [folder_of_something, os.mkfifo, loop], ids=["folder", "pipe", "loop"])
@pytest.mark.parametrize("place", PLACES)
def test_something_else_in_the_place(place, put, store, tmp_path):
    """Every verb ends, with its answer or a line; `fsck` tells it, `--repair` moves it aside, and all goes on."""
    path = store / place.replace("BOX", str(box(store))).replace("BLOB", f"blobs/sha256/{TOP[7:]}")
    path.parent.mkdir(exist_ok=True)
    if put is folder_of_something and (path.is_dir() or path.name in {"volumes", "unpacked", "run"}):
        pytest.skip("is one")
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    put(path)
    for words in USED:
        done = layertui(*words, store=store)
        assert done.code == 0 or done.failed(1)
    if place != "lost+found":
        assert layertui("fsck", store=store).code == 1
    before = everything(store)
    layertui("fsck", "--repair", store=store).ok()
    assert before <= everything(store)
    assert layertui("fsck", store=store).ok().lines[-1].startswith("ok: ")
    layertui("load", tmp_path / "0.tar", store=store).ok()
    layertui("create", "--name", "new", "demo:1", store=store).ok()
    layertui("write", "new", "/mine", stdin=b"x", store=store).ok()
    layertui("rm", "new", store=store).ok()
    layertui("gc", store=store).ok()
    assert layertui("fsck", store=store).ok().lines[-1].startswith("ok: ")


LOCKED = {
    "lock": ["gc"],
    "index.lock": ["tag", "other:1", "other:2"],
    "containers/lock": ["rename", "box", "crate"],
    "volumes/.lock": ["create", "-v", "data:/data", "demo:1"],
    "unpacked/.lock": ["gc"],
    "BOX/lock": ["write", "box", "/mine", "/dev/null"],
    "BOX/log": [],
    "events/log": ["tag", "other:1", "other:2"],
}


@pytest.mark.parametrize("is_there", [True, False], ids=["to a file", "to nothing"])
@pytest.mark.parametrize("place", LOCKED)
def test_a_link_in_the_place_of_a_file_that_is_written_to(place, is_there, store, tmp_path):
    """What it leads to is neither made nor written to; `fsck` tells it, `--repair` moves it aside, and all goes on."""
    path, elsewhere = store / place.replace("BOX", str(box(store))), tmp_path / "elsewhere"
    if is_there:
        elsewhere.touch()
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(elsewhere)
    if words := LOCKED[place]:
        done = layertui(*words, store=store)
        assert "layertui fsck --repair" in done.failed(1).err if place != "events/log" else done.ok()
    assert [one["kind"] for one in layertui("fsck", "--json", store=store).json["problems"]] == ["place"]
    layertui("fsck", "--repair", store=store).ok()
    assert elsewhere.read_bytes() == b"" if is_there else not elsewhere.exists()
    assert layertui("fsck", store=store).ok().lines[-1].startswith("ok: ")
    if words:
        layertui(*words, store=store).ok()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use all")
@pytest.mark.parametrize("place", ["lock", "tmp", "blobs/sha256", "containers/names", "BOX", "BOX/lock"])
def test_a_mode_that_keeps_its_owner_out(place, store):
    path = store / place.replace("BOX", str(box(store)))
    path.chmod(0)
    assert {one["kind"] for one in layertui("fsck", "--json", store=store).json["problems"]} >= {"mode"}
    layertui("fsck", "--repair", store=store).ok()
    assert state(store) == (BOTH, {"box", "other"})


def test_a_disk_that_never_ends_in_the_place_of_a_file(store):
    for path in (store / "index.json", box(store) / "record.json", blob(store, TOP)):
        path.unlink()
        path.symlink_to("/dev/zero")
    layertui("images", store=store)
    layertui("fsck", "--repair", store=store).ok()
    assert state(store) == ({"other:1"}, {"other"})


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


def test_a_record_that_cannot_be_read_keeps_its_image(store):
    """Other containers are listed all the same; nothing is swept, since nobody knows what that one needs."""
    cut(box(store) / "record.json")
    assert [one["name"] for one in layertui("ps", "-a", "--json", store=store).ok().json] == ["other"]
    assert "fsck --repair" in layertui("gc", store=store).failed(1).err


LEFTOVERS = {
    "tmp/.tmp-1-a": lambda s: (s / "tmp").mkdir(exist_ok=True),
    ".tmp-0123": lambda s: None,
    "cache/.tmp-0123": lambda s: (s / "cache").mkdir(exist_ok=True),
    "containers/.new-x/upper": lambda s: (s / "containers/.new-x").mkdir(),
    "volumes/.new-x/file": lambda s: (s / "volumes/.new-x").mkdir(parents=True),
    "containers/.gone-x/upper": lambda s: (s / "containers/.gone-x").mkdir(),
}  # fmt: skip


@pytest.mark.parametrize("where", LEFTOVERS)
def test_leftovers_are_told_and_swept(where, store):
    LEFTOVERS[where](store)
    (store / where).write_bytes(b"x")
    told = layertui("fsck", "--json", store=store).ok().json
    assert [one["kind"] for one in told["leftovers"]] == ["leftover"]
    assert told["leftovers"][0]["what"] in where
    layertui("gc", store=store).ok()
    assert not (store / where).exists()
    assert "leftovers" not in layertui("fsck", "--json", store=store).ok().json


def test_leftovers_of_a_container(store):
    (box(store) / "aside").mkdir()
    (box(store) / ".tmp-12").touch()
    (store / "containers/names/nobody").symlink_to("../" + "0" * 64)
    assert len(layertui("fsck", "--json", store=store).ok().json["leftovers"]) == 3
    layertui("gc", store=store).ok()
    assert "leftovers" not in layertui("fsck", "--json", store=store).ok().json


def test_unpacked_layers_of_nobody(store):
    (store / "unpacked" / ("0" * 32)).mkdir(parents=True)
    (told,) = layertui("fsck", "--json", store=store).ok().json["leftovers"]
    assert told["what"] == f"unpacked/{'0' * 32}"
    layertui("gc", store=store).ok()
    assert not (store / "unpacked" / ("0" * 32)).exists()


def test_a_damaged_cache_is_none(store):
    before = layertui("ls", "-R", "--json", "demo:1", store=store).ok().json
    damaged = [path for path in (store / "cache").iterdir() if path.suffix in (".table", ".stack")]
    for path in damaged:
        flip(path)
    told = layertui("fsck", "--json", store=store).ok().json
    assert {one["what"] for one in told["leftovers"]} == {f"cache/{path.name}" for path in damaged}
    assert layertui("ls", "-R", "--json", "demo:1", store=store).ok().json == before
    assert "leftovers" not in layertui("fsck", "--json", store=store).ok().json


def test_a_lock_that_nobody_holds_stops_nobody(store):
    for name in ("lock", "index.lock", "containers/lock"):
        (store / name).write_text("held by 1\n")
    layertui("tag", "demo:1", "demo:2", store=store).ok()
    layertui("gc", store=store).ok()
    layertui("rm", "box", store=store).ok()
    layertui("fsck", "--repair", store=store).ok()


def test_events_with_a_torn_line(store):
    """What a full disk has left of a line costs that line, and not the next one."""
    with open(store / "events/log", "ab") as log:
        log.write(b'{"time":"2026')
    layertui("tag", "demo:1", "demo:2", store=store).ok()
    last = (store / "events/log").read_bytes().splitlines()[-1]
    assert json.loads(last)["attributes"]["name"] == "demo:2"


def test_notes_of_a_start_that_a_power_cut_has_emptied(store):
    (box(store) / "run").mkdir()
    for name in ("state", "exit"):
        (box(store) / "run" / name).touch()
    assert state(store)[1] == {"box", "other"}
    layertui("fsck", store=store).ok()


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
    need_strace()
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
