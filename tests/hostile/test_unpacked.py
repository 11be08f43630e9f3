"""Unpacked layers: changed ones are reported, moved and unpacked again; and a power cut leaves them complete."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from absent import need
from builders import docker_archive
from command_line import process
from containing import box, require_runtime
from hostile.power import LATE, SIZE, NoDisk, mounted

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _runtime(tmp_path, monkeypatch):
    require_runtime("bwrap", tmp_path / "probed")
    monkeypatch.setenv("LAYERTUI_RUNTIME", "bwrap")


@pytest.fixture
def store(tmp_path, store_folder):
    """With an image whose layers are unpacked."""
    process("load", docker_archive(box(), tmp_path / "box.tar"), store=store_folder).ok()
    process("run", "--rm", "box:1", "true", store=store_folder).ok()
    return store_folder


def lowest(store: Path) -> Path:
    return next(path.parents[1] for path in store.glob("unpacked/*/bin/sh"))


def replaced(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


CHANGES: dict[str, Callable[[Path], object]] = {
    "a program is empty": lambda layer: os.truncate(layer / "bin/cat", 0),
    "a file is gone": lambda layer: (layer / "etc/passwd").unlink(),
    "a folder is gone": lambda layer: shutil.rmtree(layer / "bin"),
    "a folder is a file": lambda layer: replaced(layer / "home"),
    "a link is a folder": lambda layer: ((layer / "bin/sh").unlink(), (layer / "bin/sh").mkdir()),
    "all of it is a file": replaced,
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change(what, store):
    layer = lowest(store)
    process("fsck", store=store).ok()
    CHANGES[what](layer)
    (told,) = process("--json", "fsck", store=store).json["problems"]
    assert (told["kind"], told["what"]) == ("unpacked", f"unpacked/{layer.name}")
    process("fsck", "--repair", store=store).ok()
    assert (store / "lost+found/unpacked" / layer.name).exists()
    assert process("run", "--rm", "box:1", "cat", "/etc/passwd", store=store).ok().text.startswith("root:")
    process("fsck", store=store).ok()


def test_a_power_cut(tmp_path):
    """What was unpacked has its content as soon as it has its name; so has a volume that a removed container has left."""
    need("mkfs.ext4")
    picture, disk, after = tmp_path / "picture", tmp_path / "disk", tmp_path / "after"
    picture.write_bytes(b"")
    os.truncate(picture, SIZE)
    if subprocess.run(["mkfs.ext4", "-q", "-F", picture], check=False, capture_output=True).returncode:
        pytest.skip("no ext4 can be made here")
    archive = docker_archive(box(), tmp_path / "box.tar")
    try:
        with mounted(picture, disk, LATE):
            store = disk / "store"
            process("load", archive, store=store).ok()
            words = ("sh", "-c", "echo precious >/kept/file")
            process("run", "--name", "box", "-v", "/kept", "box:1", *words, store=store).ok()
            process("rm", "box", store=store).ok()
            process("tag", "box:1", "box:2", store=store).ok()  # which syncs the names of all that is there
            subprocess.run(["cp", "--sparse=always", picture, after], check=True)
    except NoDisk as reason:
        pytest.skip(str(reason))
    with mounted(after, tmp_path / "again"):
        store = tmp_path / "again" / "store"
        assert [path.read_text() for path in store.glob("volumes/*/file")] == ["precious\n"]
        process("fsck", store=store).ok()
        assert process("run", "--rm", "box:1", "cat", "/etc/passwd", store=store).ok().text.startswith("root:")
