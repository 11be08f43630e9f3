"""Sizes of layers, found out by two processes. Each trial is a process of its own: a worker of pytest-xdist has threads."""

import json
import subprocess
import sys

import pytest

from builders import docker_archive, file, folder, image, layer
from rawtar import END, extended, long, member

# What is large and worth a second process is made small; who walks what is told beside the sizes.
TRIAL = """
import json, sys
from pathlib import Path
from layertui.core.images.archive import open_archive
from layertui.core.layers import sizes

sizes._WORTH_A_PROCESS = float(sys.argv[2])
sizes._SMALL = 1
blobs = {str(layer.number): layer for layer in open_archive(Path(sys.argv[1])).images[0].layers}
plan = sizes._plan(blobs)
try:
    found = sizes.sizes_of(blobs)
except Exception as error:
    found = f"{type(error).__name__}: {error}"
print(json.dumps([found, plan.ours, plan.theirs, plan.cut]))
"""


def tried(layers, path, worth):
    docker_archive(image(layers), path)
    done = subprocess.run(
        [sys.executable, "-c", TRIAL, path, str(worth)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


SMALL = layer([file("f", b"12345"), folder("d"), file("d/x", bytes(600))])
MANY = layer([file(f"a/{n}", b"x" * n) for n in range(200)])
TWICE = layer([file(f"a/{n % 100}", b"x" * n) for n in range(200)])
LONG = b"".join(long(b"n" * 120 + b"%d" % n) + member(b"n", b"xy", magic=b"ustar  \0") for n in range(100)) + END
NESTED = layer([file("in.tar", MANY), *(file(f"b/{n}", b"x") for n in range(50))])
GLOBAL = extended((b"uid", b"7"), kind=b"g") + MANY
ODD = b"".join(extended((b"path", b"p%d" % n)) + member(b"n", b"xyz") for n in range(100)) + END


@pytest.mark.parametrize(
    "largest", [MANY, TWICE, LONG, NESTED, GLOBAL, ODD], ids=["many", "twice", "long", "nested", "global", "odd"]
)
def test_the_sizes_are_the_same_whoever_finds_them_out(largest, tmp_path):
    layers = [SMALL, largest, SMALL.replace(b"12345", b"67890")]
    alone, *_, uncut = tried(layers, tmp_path / "alone.tar", 1e9)
    both, _, theirs, cut = tried(layers, tmp_path / "both.tar", 1)
    assert uncut is None
    assert (cut, theirs) == ("2", ["3"])
    assert both == alone
    assert both["1"] == both["3"] == 605


def test_what_is_wrong_is_told_the_same_way(tmp_path):
    broken = MANY[: len(MANY) // 2] + b"dirt" * 1000
    alone, *_ = tried([SMALL, broken, SMALL], tmp_path / "broken.tar", 1e9)
    both, _, _, cut = tried([SMALL, broken, SMALL], tmp_path / "broken.tar", 1)
    assert alone.startswith("Damaged: ")
    assert (both, cut) == (alone, "2")
