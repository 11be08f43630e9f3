"""The oracle says what a real overlay mount shows of the same layers, unpacked to folders by `apply`."""

import io
import os
import pickle
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from laws import mounted
from laws.folders import Facts, facts_of
from laws.naive import Layer, groups, timeline
from laws.stacks import as_tar, links_down, thrown
from laws.test_timeline import STORIES
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.apply import apply_layer

pytestmark = pytest.mark.slow

Shown = list[tuple[Facts, set[frozenset[bytes]]]]


@cache
def why_not() -> str | None:
    """Why overlays cannot be mounted here, if so."""
    if sys.platform != "linux":
        return "overlayfs is Linux's"
    if os.geteuid() != 0:
        return "to mount needs root"
    script = (
        "mkdir l m && mount -t tmpfs none m && umount m && mkdir u && mount -t overlay o -o lowerdir=l:u,userxattr m"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", script], cwd=folder, capture_output=True, text=True, check=False
        )
    return f"no overlay mounts here: {tried.stderr.strip()}" if tried.returncode else None


@pytest.fixture(autouse=True)
def _needs_overlay() -> None:
    if (reason := why_not()) is not None:
        pytest.skip(reason)


def unpack(layers: tuple[Layer, ...], case: Path) -> None:
    """Lay each layer onto a folder of its own, as for a container's start."""
    case.mkdir()
    below: list[StackLayer] = []
    for number, members in enumerate(layers, 1):
        tar = as_tar(members)
        (case / str(number)).mkdir()
        view = Stack.from_layers(below).view(number - 1)
        apply_layer(io.BytesIO(tar), case / str(number), below=view)
        table = read_table(io.BytesIO(tar))
        below.append(StackLayer(table, TarballContent(table, lambda tar=tar: io.BytesIO(tar))))


def shown_by_the_kernel(stacks: list[tuple[Layer, ...]], folder: Path) -> list[Shown]:
    for number, layers in enumerate(stacks):
        unpack(layers, folder / f"case-{number:04}")
    subprocess.run(["unshare", "--mount", sys.executable, mounted.__file__, str(folder)], check=True)
    return [pickle.loads((folder / f"case-{number:04}" / "shown").read_bytes()) for number in range(len(stacks))]


def check(stacks: list[tuple[Layer, ...]], folder: Path) -> None:
    for layers, shown in zip(stacks, shown_by_the_kernel(stacks, folder), strict=True):
        for tree, (facts, linked) in zip(timeline(layers)[1:], shown, strict=True):
            assert facts == facts_of(tree)
            # A link to a lower layer copies the file up, which parts it from its other names there.
            assert linked == groups(tree) or links_down(layers)


@pytest.mark.parametrize("seed", range(4))
def test_overlay_shows_what_the_oracle_says(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    check([thrown(dice, layers=4, members=9) for _ in range(25)], tmp_path)


def test_stories(tmp_path: Path) -> None:
    check(list(STORIES.values()), tmp_path)


def test_whiteouts_where_no_device_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other form that overlay takes, since Linux 6.7."""
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 7):
        pytest.skip("this Linux is older than 6.7")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "mknod", refused)
    dice = random.Random(11)
    check([thrown(dice, layers=4, members=9, devices=False) for _ in range(40)], tmp_path)
