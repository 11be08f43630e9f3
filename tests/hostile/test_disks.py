"""Real disks that fill, are read-only, or become so under a verb: one line, a sound store, and a second try that succeeds."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from absent import need
from builders import docker_archive, file, folder, image, layer, oci_archive
from command_line import Done, layertui, process
from hostile.power import NoDisk, mounted
from small_registry import small_registry

pytestmark = pytest.mark.slow

BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 500)])
BIG = layer([file(f"big{number}", bytes([number]) * 150_000) for number in range(4)])
SMALL, LARGE = image([BASE], tags=["one:1"], config={"Cmd": ["x"]}), image([BASE, BIG], tags=["two:1"])
SIZES = [80, 400, 700, 1600]  # KiB that are left
VERBS = {
    "load": ("load", "{archives}/large.tar"),
    "import": ("import", "{archives}/large.tar", "three:1"),
    "write": ("write", "box", "/etc/motd", "{archives}/large.tar"),
    "cp": ("cp", "{archives}", "box:/srv"),
    "commit": ("commit", "box", "four:1"),
    "create": ("create", "one:1"),
    "tag": ("tag", "one:1", "five:1"),
}


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A disk of its own, with a store on it that has an image and a container."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("to mount needs root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", place], check=True)
    try:
        docker_archive(SMALL, tmp_path / "small.tar")
        docker_archive(LARGE, tmp_path / "large.tar")
        layertui("load", tmp_path / "small.tar", store=place / "store").ok()
        layertui("create", "--name", "box", "one:1", store=place / "store").ok()
        layertui("write", "box", "/mine", tmp_path / "large.tar", store=place / "store").ok()
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def leave(disk: Path, kib: int) -> None:
    """Fill the disk but for so much."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    (disk / "ballast").write_bytes(bytes(free - kib * 1024))


def do(disk: Path, words: tuple[str, ...]) -> Done:
    return layertui(*(word.format(archives=disk.parent) for word in words), store=disk / "store")


def state(disk: Path) -> object:
    store = disk / "store"
    images = layertui("--json", "images", store=store).ok().json
    containers = layertui("--json", "ps", "-a", store=store).ok().json
    rows = layertui("--json", "ls", "-R", "--digest", "container:box", "/etc", store=store).ok().json
    return [one["tags"] for one in images], len(containers), [(row["path"], row.get("sha256")) for row in rows]


@pytest.mark.parametrize("verb", VERBS)
def test_a_disk_that_fills(verb, disk):
    failed = 0
    for kib in SIZES:
        before = state(disk)
        leave(disk, kib)
        done = do(disk, VERBS[verb])
        if done.code:
            done.failed(1)
            assert "No space left" in done.err
            assert state(disk) == before or verb == "cp"  # many files, each whole
            failed += 1
        layertui("fsck", store=disk / "store").ok()
        (disk / "ballast").unlink()
        if done.code:
            do(disk, VERBS[verb]).ok()
    layertui("gc", store=disk / "store").ok()
    assert "leftovers" not in layertui("--json", "fsck", store=disk / "store").ok().json
    assert failed or verb in {"create", "tag"}


def test_a_pull_onto_a_disk_that_fills(disk):
    """A registry's image: nothing half is kept, the registry keeps what it has, and a second pull succeeds."""
    failed = 0
    with small_registry() as registry:
        name = f"{registry.host}/two:1"
        layertui("copy", f"docker-archive:{disk.parent}/large.tar", f"docker://{name}").ok()
        tags, blobs = dict(registry.tags), dict(registry.blobs)
        for kib in SIZES:
            before = state(disk)
            leave(disk, kib)
            done = do(disk, ("pull", name))
            if done.code:
                done.failed(1)
                assert "No space left" in done.err
                assert state(disk) == before
                failed += 1
            layertui("fsck", store=disk / "store").ok()
            (disk / "ballast").unlink()
            do(disk, ("pull", name)).ok()
            assert layertui("cat", name, "/big3", store=disk / "store").ok().out == bytes([3]) * 150_000
            do(disk, ("rmi", name)).ok()
            do(disk, ("gc",)).ok()
        assert (registry.tags, registry.blobs) == (tags, blobs)
    assert failed


def test_a_disk_that_is_full_lets_things_go(disk):
    """Room can be made by the verbs that make room."""
    leave(disk, 0)
    layertui("rm", "box", store=disk / "store").ok()
    layertui("rmi", "one:1", store=disk / "store").ok()
    layertui("fsck", store=disk / "store").ok()


@pytest.mark.parametrize("also", ["cache", "events"])
def test_an_image_goes_from_a_disk_that_is_full(also, disk):
    """By what may be removed at any time, be it a cache or the event log."""
    store = disk / "store"
    layertui("load", disk.parent / "large.tar", store=store).ok()
    if also == "events":
        shutil.rmtree(store / "cache")
    leave(disk, 0)
    with (disk / "fill").open("wb", buffering=0) as fill, suppress(OSError):
        while fill.write(b"x" * 4096):
            pass
    do(disk, ("tag", "two:1", "six:1")).failed(1)
    do(disk, ("rmi", "two:1")).ok()
    assert [one["tags"] for one in layertui("--json", "images", store=store).ok().json] == [["one:1"]]
    layertui("fsck", store=store).ok()


def test_a_disk_on_which_no_more_files_can_be_made_lets_things_go(disk):
    """A container that nobody has changed yet, too."""
    store = disk / "store"
    layertui("create", "--name", "other", "one:1", store=store).ok()
    found = os.statvfs(disk)
    subprocess.run(["mount", "-o", f"remount,nr_inodes={found.f_files - found.f_ffree}", disk], check=True)
    assert "No space left on device" in layertui("create", "one:1", store=store).failed().err
    layertui("rm", "other", store=store).ok()
    layertui("rm", "box", store=store).ok()
    layertui("rmi", "one:1", store=store).ok()
    layertui("gc", store=store).ok()
    layertui("fsck", store=store).ok()


def test_a_read_only_disk(disk):
    """What reads goes on reading; what writes says so in a line."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    store = disk / "store"
    for words in (
        ("images",),
        ("ps", "-a"),
        ("ls", "-R", "one:1"),
        ("cat", "one:1", "/etc/motd"),
        ("diff", "box"),
        ("fsck",),
        ("df",),
        ("save", "-o", disk.parent / "saved.tar", "one:1"),
        ("export", "-o", disk.parent / "flat.tar", "box"),
        ("extract", "one:1", "/etc", disk.parent / "etc"),
    ):
        layertui(*words, store=store).ok()
    for words in (*VERBS.values(), ("rm", "box"), ("rmi", "-f", "one:1"), ("gc",), ("fsck", "--repair")):
        assert "Read-only file system" in do(disk, words).failed(1).err
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    for words in VERBS.values():
        do(disk, words).ok()


@contextmanager
def disk_of(picture: Path, disk: Path) -> Iterator[None]:
    try:
        with mounted(picture, disk):
            yield
    except NoDisk as reason:
        pytest.skip(str(reason))


def test_a_disk_that_becomes_read_only(tmp_path):
    """A file system's journal that fails in the middle of a load: what was reported as done is there when the disk is back."""
    disk, picture = tmp_path / "disk", tmp_path / "picture"
    picture.write_bytes(b"")
    os.truncate(picture, 64 << 20)
    need("mkfs.ext4")
    subprocess.run(["mkfs.ext4", "-q", "-F", picture], check=True)
    with disk_of(picture, disk):
        store = disk / "store"
        layertui("load", docker_archive(SMALL, tmp_path / "small.tar"), store=store).ok()
        archive = docker_archive(LARGE, tmp_path / "large.tar")
        rest = f'head -c 300000 "{archive}"; sleep 1; mount -o remount,abort "{disk}"; tail -c +300001 "{archive}"'
        load = f'({rest}) | "{sys.executable}" -m layertui --store "{store}" load -'
        done = subprocess.run(["sh", "-c", load], capture_output=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(b"error: ")
        assert done.stderr.count(b"\n") == 1
        assert [one["tags"] for one in layertui("--json", "images", store=store).ok().json] == [["one:1"]]
        # Another disk with the same bytes: the mount may live on in the namespaces that others have copied meanwhile, and
        # mounting this image again while it does gives the file system that failed.
        subprocess.run(["cp", "--sparse=always", picture, tmp_path / "again"], check=True)
    with disk_of(tmp_path / "again", disk):
        layertui("fsck", store=disk / "store").ok()
        layertui("load", tmp_path / "large.tar", store=disk / "store").ok()


def test_a_stream_that_breaks_off(tmp_path, store_folder):
    """What was written to stdout is there; the exit code and one line say that it is not all. A file is whole or not there."""
    rough = layer([file("big", random.Random(1).randbytes(3_000_000))])
    layertui(
        "load",
        oci_archive(image([rough], tags=["big:1"], compress="gzip", config={"Cmd": ["x"]}), tmp_path / "in.tar"),
        store=store_folder,
    )
    layertui("create", "--name", "box", "big:1", store=store_folder).ok()
    layertui("ls", "big:1", store=store_folder).ok()
    blob = max((store_folder / "blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(blob.read_bytes())
    content[2_000_000:2_000_400] = bytes(400)
    blob.chmod(0o644)
    blob.write_bytes(content)
    for path in (store_folder / "cache").glob("*.spill"):
        path.unlink()
    for words in (("cat", "big:1", "/big"), ("save", "big:1"), ("export", "box")):
        done = process(*words, store=store_folder)
        assert done.code == 1
        assert done.err.startswith("error: ")
        assert done.err.count("\n") == 1
    layertui("save", "-o", tmp_path / "out.tar", "big:1", store=store_folder).failed(1)
    layertui("export", "-o", tmp_path / "out.tar", "box", store=store_folder).failed(1)
    assert not list(tmp_path.glob("*out*"))
    assert not list(tmp_path.glob(".tmp*"))
