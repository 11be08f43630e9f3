"""Tables that a second process makes. Each trial is a process of its own: a worker of pytest-xdist has threads."""

import json
import mmap
import subprocess
import sys
from threading import Timer

import pytest

from builders import docker_archive, file, folder, hardlink, image, layer
from layertui.core.errors import Cancelled
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.table_prefetch import TablePrefetch
from layertui.core.progress import Progress, quiet

# What is large is made small. "alone": all by ourselves; "ahead": once the other process has ended, and this one reads nothing;
# "beside": at the same time.
TRIAL = """
import json, sys
from pathlib import Path
from layertui.core.bounds import Bounds
from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache import early_sizes as sooner, layer_pieces as pieces, table_prefetch as ahead, worker_process
from layertui.core.layers.table import layer_tar as tarball
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.progress import quiet

path, folder, how, entries = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
pieces._PIECE = int(sys.argv[5])
sooner.WORTH_A_PROCESS = 1
ahead.usable_cpus = worker_process.usable_cpus = lambda: 1 if how == "alone" else 2
reads = []

def counted(read):
    def reading(*args):
        reads.append(1)
        return read(*args)
    return reading

with ahead.prefetch(str(path), folder, Bounds()._replace(entries=entries)):
    assert (ahead._ahead is None) is (how == "alone")
    if how == "ahead":
        ahead._ahead.wait(-1, quiet())  # which no process does
    tarball.read_table, tarball.read_piece = counted(tarball.read_table), counted(tarball.read_piece)
    with open_archive(path) as archive:
        try:
            stack = Catalog(folder).stack(archive.images[0].layers)
            said = sorted((entry.path, entry.size, entry.mode, entry.layer) for entry in stack.view())
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
print(json.dumps([said, len(reads)]))
"""
MANY = [file(f"many/{n:03}", b"x" * n) for n in range(300)]
LAYERS = [
    layer([folder("d"), file("d/low", b"x" * 600), file("gone", b"1")]),
    layer(MANY),
    layer([file("d/top", b"22"), file(".wh.gone", b"")]),
]


def tried(layers, tmp_path, how, entries=3_000_000, piece=1 << 26):
    path = tmp_path / "image.tar"
    docker_archive(image(layers), path)
    words = [sys.executable, "-c", TRIAL, path, tmp_path / how, how, str(entries), str(piece)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_stack_is_the_same_whichever_process_makes_the_tables(tmp_path):
    alone, reads = tried(LAYERS, tmp_path, "alone")
    assert reads == 3
    assert {path for path, *_ in alone} >= {"/d/low", "/d/top", "/many/007"}
    assert tried(LAYERS, tmp_path, "beside")[0] == alone
    assert tried(LAYERS, tmp_path, "ahead") == [alone, 0]


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, -1])
def test_the_table_of_a_layer_that_is_read_in_pieces_is_the_same(tmp_path, order):
    layers = [LAYERS[0], layer([folder("many"), *MANY[::order], hardlink("many/z", "many/000")])]
    alone, reads = tried(layers, tmp_path, "alone")
    assert reads == 2
    assert tried(layers, tmp_path, "beside", piece=1 << 16)[0] == alone
    # Pieces that cannot be joined are read as one: names out of order, a hard link into another piece.
    assert tried(layers, tmp_path, "ahead", piece=1 << 16) == [alone, 1]
    assert [path.suffix for path in (tmp_path / "ahead").iterdir()].count(".table") == 2  # none of pieces


@pytest.mark.slow
def test_pieces_of_a_layer_in_order_are_not_read_again(tmp_path):
    alone, _ = tried(LAYERS, tmp_path, "alone")
    assert tried(LAYERS, tmp_path, "ahead", piece=1 << 16) == [alone, 0]
    assert len(list((tmp_path / "ahead").glob("*.table"))) == 3


@pytest.mark.slow
def test_what_the_cache_has_is_not_made_again(tmp_path):
    assert tried(LAYERS, tmp_path, "ahead")[1] == 0
    tables = {path: path.stat().st_ino for path in (tmp_path / "ahead").glob("*.table")}
    assert len(tables) == 3
    assert tried(LAYERS, tmp_path, "ahead")[1] == 0
    assert {path: path.stat().st_ino for path in tables} == tables


@pytest.mark.slow
def test_what_the_other_process_cannot_read_is_reported_by_this_one(tmp_path):
    whole = layer([file("big", bytes(5000)), *(file(f"x/{n}", b"y") for n in range(400))])
    cut = whole[: 512 * 300] + b"\xff" * 512 * 50
    alone, _ = tried([LAYERS[0], cut], tmp_path, "alone")
    assert alone.split(":")[0] in ("Damaged", "Truncated")
    assert tried([LAYERS[0], cut], tmp_path, "ahead")[0] == alone


@pytest.mark.slow
def test_the_other_process_keeps_within_the_bounds(tmp_path):
    _, reads = tried(LAYERS, tmp_path, "ahead", entries=100)
    assert reads > 0  # the largest was too large there, and it ended
    assert tried(LAYERS, tmp_path, "ahead", entries=100, piece=1 << 16)[1] == reads  # it seems too large for pieces


class Told:
    """What another process says, from a list; it has ended when all of it was asked for, if it ends at all."""

    def __init__(self, *told, ends=True):
        self.told, self.ends, self.ended = list(told), ends, False

    def __call__(self, *, wait):
        assert not wait
        if self.told:
            return self.told.pop(0)
        self.ended = self.ends
        return None


def waiting(told):
    return TablePrefetch(told, mmap.mmap(-1, mmap.PAGESIZE), "", Cache(None), 0)


def test_who_waits_goes_on_when_the_table_is_kept_or_nobody_makes_it_any_more():
    told = Told(2, ends=False)
    ahead = waiting(told)
    Timer(0.05, lambda: told.told.append(1)).start()
    ahead.wait(1, quiet())
    ahead.wait(2, quiet())
    Timer(0.05, lambda: setattr(told, "ends", True)).start()
    ahead.wait(3, quiet())
    assert told.ended


def test_who_waits_can_be_stopped():
    progress = Progress()
    Timer(0.05, progress.cancel).start()
    with pytest.raises(Cancelled):
        waiting(Told(ends=False)).wait(1, progress)


def test_what_the_other_process_has_read_is_counted_once_it_is_done():
    ahead, progress = waiting(Told(1, 2)), Progress()
    ahead._bytes = {1: 500}  # of 2 nobody here has to know
    ahead.wait(2, progress)
    assert progress.done == 500
