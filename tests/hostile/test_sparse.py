"""A file that claims terabytes and stores nothing, through every verb: holes are skipped, or the error names the limit."""

import os

import pytest

from builders import file, folder, image, layer, oci_archive
from command_line import layertui
from rawtar import END, gnu_sparse

pytestmark = pytest.mark.slow

TB = 1 << 40
BIG = gnu_sparse(b"big", [(0, 512), (7 * TB, 512)], 8 * TB, b"x" * 512 + b"y" * 512) + END
OTHER = gnu_sparse(b"big", [(0, 512), (6 * TB, 512)], 8 * TB, b"x" * 512 + b"y" * 512) + END


@pytest.fixture
def world(tmp_path):
    """Two images with such a file, a third without, and a container of that."""
    built = [
        image([tar], tags=[f"{name}:1"], history=[name])
        for name, tar in (("a", BIG), ("b", OTHER), ("c", layer([folder("etc"), file("etc/motd", b"hello\n")])))
    ]
    layertui("load", oci_archive(built, tmp_path / "a.tar"), store=tmp_path / "store").ok()
    layertui("create", "--name", "box", "c:1", "true", store=tmp_path / "store").ok()
    return lambda *words, **more: layertui(*words, store=tmp_path / "store", **more)


def names_limit(done, name):
    assert done.code == 1, done.err
    assert f"LAYERTUI_MAX_{name} " in done.err


def test_looking_at_it(world):
    world("history", "a:1").ok()
    assert world("--json", "ls", "a:1").ok().json[0]["size"] == 8 * TB
    world("layers", "a:1").ok()


def test_comparing_it(world):
    assert world("--json", "compare", "a:1", "b:1").ok().json["files"]["modified"] == 1
    assert world("--json", "compare", "a:1", "a:1", "--files").ok().json["same"]


def test_reading_it_through(world):
    done = world("cat", "a:1", "/big")
    names_limit(done, "RATIO")
    assert done.out.startswith(b"x" * 512 + b"\0")


def test_writing_it_out_keeps_its_holes(world, tmp_path):
    world("extract", "a:1", "/big", tmp_path / "big").ok()
    status = os.stat(tmp_path / "big")
    assert (status.st_size, status.st_blocks * 512 < 1 << 20) == (8 * TB, True)
    names_limit(world("cp", tmp_path / "big", "box:/"), "UNPACKED")
    os.truncate(tmp_path / "big", TB // 2)
    names_limit(world("cp", tmp_path / "big", "box:/"), "RATIO")
    assert world("--json", "diff", "box").ok().json == []
    world("fsck").ok()


def test_putting_it_into_a_container_keeps_its_holes(world, tmp_path):
    world("cp", "-", "box:/", stdin=BIG).ok()
    names_limit(world("export", "-o", tmp_path / "out.tar", "box"), "UNPACKED")
    names_limit(world("commit", "box", "d:1"), "UNPACKED")
    world("cp", "box:/big", tmp_path / "back").ok()
    assert os.stat(tmp_path / "back").st_blocks * 512 < 1 << 20
    assert world("--json", "compare", "a:1", "container:box", "--files").ok().json["files"]["modified"] == 0
    names_limit(world("cat", "container:box", "/big"), "RATIO")
    world("fsck").ok()
