"""Sizes of layers, found out by two processes. Each trial is a process of its own: a worker of pytest-xdist has threads."""

import json
import subprocess
import sys

import pytest

from builders import docker_archive, file, folder, image, layer

# What is large and worth a second process is made small; this one waits for all that the other has to say before it begins.
TRIAL = """
import json, os, sys
from pathlib import Path
from layertui.core.bounds import Bounds, set_bounds
from layertui.core.images.archive.archive import open_archive
from layertui.core.layers.cache.archive_layers import key_of_source
from layertui.core.layers.cache import backward_sizes as backwards, early_sizes as sooner, layer_sizes as sizes

path, worth, entries = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
backwards._FIRST, backwards._LEAST, backwards._MEMBERS = 1 << 14, 1 << 13, 20
sooner.WORTH_A_PROCESS = worth
forks, rests = [], []
fork, until, rest = os.fork, backwards.PeerScan.until, backwards.PeerScan.rest
os.fork = lambda: forks.append(1) or fork()

def until_all_is_said(self, key, position):
    while self._listen(wait=True):
        pass
    return until(self, key, position)

def counted(self, key, position):
    rests.append(rest(self, key, position))
    return rests[-1]

backwards.PeerScan.until, backwards.PeerScan.rest = until_all_is_said, counted

def found(key):
    with open_archive(Path(path)) as archive:
        layers = {key(layer): layer for layer in archive.images[0].layers}
        try:
            found = sizes.sizes_of(layers)
            return [found[key] for key in layers]
        except Exception as error:
            return f"{type(error).__name__}: {error}"

with sooner.prefork(['history', path]):
    set_bounds(Bounds(entries=entries))
    begun = found(lambda layer: key_of_source(layer.source))
then = found(lambda layer: str(layer.number))
print(json.dumps([begun, then, len(forks), sum(rest is not None and rest.total is not None for rest in rests)]))
"""


def tried(layers, path, worth=1, entries=3_000_000):
    docker_archive(image(layers), path)
    done = subprocess.run(
        [sys.executable, "-c", TRIAL, path, str(worth), str(entries)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


SMALL = layer([file("f", b"12345"), folder("d"), file("d/x", bytes(600))])
MANY = layer([file(f"a/{n}", b"x" * n) for n in range(200)])


@pytest.mark.slow
def test_the_sizes_are_the_same_whichever_process_finds_them(tmp_path):
    layers = [SMALL, MANY, SMALL.replace(b"12345", b"67890")]
    sizes = [605, sum(range(200)), 605]
    assert tried(layers, tmp_path / "alone.tar", worth=1 << 30) == [sizes, sizes, 0, 0]
    assert tried(layers, tmp_path / "both.tar") == [sizes, sizes, 2, 6]


@pytest.mark.slow
def test_what_is_wrong_is_reported_the_same_way(tmp_path):
    broken = MANY[: len(MANY) // 2] + b"dirt" * 1000
    alone, again, *_ = tried([SMALL, broken, SMALL], tmp_path / "broken.tar", worth=1 << 30)
    assert alone == again
    assert alone.startswith("Damaged: ")
    assert tried([SMALL, broken, SMALL], tmp_path / "broken.tar")[:3] == [alone, alone, 2]


def test_bounds_hold_for_what_started_before_they_were_set(tmp_path):
    begun, then, *_ = tried([SMALL, MANY], tmp_path / "many.tar", entries=100)
    assert begun == then
    assert begun.startswith("LimitExceeded: ")
