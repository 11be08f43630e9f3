import os
import stat
from pathlib import Path

import pytest

from builders import docker_archive, file, folder, image, layer, opaque, whiteout
from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.rootfs.lower_dirs import find, read
from layertui.core.containers.storage.unpacked_layers import UnpackedLayers
from layertui.core.errors import LayertuiError
from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet

LAYERS = [
    layer([folder("etc", mode=0o700), file("etc/a", b"1"), file("etc/b", b"1"), folder("d"), file("d/old", b"1")]),
    layer([file("etc/c", b"2"), whiteout("etc/a")]),
    layer([folder("d"), opaque("d"), file("d/new", b"3")]),
    *(layer([file(f"etc/{number}", b"x")]) for number in range(4, 9)),
]


@pytest.fixture
def built(tmp_path):
    with open_archive(docker_archive(image(LAYERS, compress="gzip"), tmp_path / "a.tar")) as archive:
        yield archive.image()


def lowers(unpacked, built):
    stack = Catalog(None).stack(built.layers)
    return unpacked.lowers(built.layers, lambda number: stack.view(number - 1), quiet())


def check(roots):
    assert read(roots, "/etc/a") is None
    assert read(roots, "/etc/b") == b"1"
    assert read(roots, "/etc/c") == b"2"
    assert read(roots, "/d/old") is None
    assert read(roots, "/d/new") == b"3"
    assert read(roots, "/etc/8") == b"x"
    assert find(roots, "/proc") is not None


@pytest.mark.parametrize("most", [1, 2, 3, 7, 8, 100])
def test_few_or_many_folders_show_the_same(tmp_path, built, most):
    unpacked = UnpackedLayers(tmp_path / "unpacked", ids(), most)
    roots = lowers(unpacked, built)
    assert len(roots) == min(most, len(LAYERS)) + 1
    check(roots)
    assert lowers(unpacked, built) == roots


def test_a_folder_that_no_member_names_is_what_it_is_below(tmp_path, built):
    """In an overlay the topmost folder says what a folder is."""
    roots = lowers(UnpackedLayers(tmp_path / "unpacked", ids()), built)
    top = next(root / "etc" for root in roots if (root / "etc").exists())
    assert stat.S_IMODE(top.stat().st_mode) == 0o700


def test_what_does_not_fit_is_merged(tmp_path, built):
    deep = tmp_path
    while len(str(deep)) < 700:
        deep /= "a-long-name-of-a-folder-" * 4
    roots = lowers(UnpackedLayers(deep / "unpacked", ids()), built)
    assert len(roots) < len(LAYERS)
    check(roots)


def test_a_path_that_leaves_no_room(tmp_path, built):
    with pytest.raises(LayertuiError, match="--store"):
        lowers(UnpackedLayers(Path("/" + "x/" * 1900), ids()), built)


def test_what_fails_leaves_nothing(tmp_path, built):
    damaged = image([*LAYERS[:2], LAYERS[2][:700]])
    with open_archive(docker_archive(damaged, tmp_path / "b.tar")) as archive:
        unpacked = UnpackedLayers(tmp_path / "unpacked", ids(), 1)
        with pytest.raises(LayertuiError):
            unpacked.lowers(archive.image().layers, lambda _: pytest.fail("not asked"), quiet())
    assert [name for name in os.listdir(tmp_path / "unpacked") if not name.startswith(".lock")] == ["mounts"]


def test_swept(tmp_path, built):
    unpacked = UnpackedLayers(tmp_path / "unpacked", ids(), 4)
    lowers(unpacked, built)
    (tmp_path / "unpacked/.new-1").mkdir()
    assert unpacked.sweep(built.chain_ids) == [".new-1"]
    check(lowers(unpacked, built))
    assert len(unpacked.sweep(built.chain_ids[:-1])) == 1
    assert len(unpacked.sweep(())) == 3
    assert unpacked.sweep(()) == []
    check(lowers(unpacked, built))
