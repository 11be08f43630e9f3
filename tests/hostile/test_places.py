"""Something else in the place of a file or a folder of the store: every verb ends, and `fsck --repair` moves it to lost+found."""

import os
import shutil
from pathlib import Path

import pytest

from command_line import layertui
from hostile.damage import BOTH, TOP, blob, box, everything, state

pytestmark = pytest.mark.slow


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def folder_of_something(path: Path) -> None:
    path.mkdir()
    (path / "file").touch()


PLACES = [
    *("lock", "index.lock", "index.json", "oci-layout", "events/log", "lost+found", "containers/lock", "BLOB"),
    *(f"BOX/{name}" for name in ("record.json", "lock", "log", "owners", "failed", "run/state", "run/exit")),
]
FOLDERS = [
    *("tmp", "cache", "volumes", "unpacked", "containers", "containers/names", "containers/names/box"),
    *("BOX", "BOX/work", "BOX/run"),
]
USED = [
    *(["images"], ["ps", "-a"], ["logs", "box"], ["ls", "container:box"], ["df"], ["events", "--until", "0s"]),
    *(["tag", "other:1", "other:2"], ["gc"]),
]


@pytest.mark.parametrize(
    ("place", "put"),
    [(place, put) for place in PLACES for put in (folder_of_something, os.mkfifo, loop)]
    + [(place, put) for place in FOLDERS for put in (os.mkfifo, loop)],
)
def test_something_else_in_the_place(place, put, store, tmp_path):
    """Every verb ends, with its answer or a line; `fsck` reports it, `--repair` moves it, and everything works again."""
    path = store / place.replace("BOX", str(box(store))).replace("BLOB", f"blobs/sha256/{TOP[7:]}")
    path.parent.mkdir(exist_ok=True)
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
    """What it leads to is neither made nor written to; `fsck` reports it, `--repair` moves it, and everything works again."""
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
