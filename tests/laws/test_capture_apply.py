"""Capture then apply is the same folder; and on top of its base the same view."""

import io
import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from laws.folders import Facts, capture_folder, facts_of, facts_on_disk, groups_on_disk
from laws.naive import Layer, groups, timeline
from laws.stacks import as_tar, links_down, thrown
from laws.test_timeline import STORIES
from layertui.core.fs.overlay.override_xattrs import OWNER
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.layers.table.layer_folder import FolderContent, read_folder
from layertui.core.layers.table.layer_table import HARDLINK, LayerTable
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.apply import apply_layer
from layertui.core.layers.write.capture import capture

SEEDS = range(8)
AS_ROOT = os.geteuid() == 0
OWNERS = "keep" if AS_ROOT else "mine"


def some_stacks(seed: int) -> list[tuple[Layer, ...]]:
    dice = random.Random(seed)
    return [thrown(dice, layers=4, owners=AS_ROOT, devices=AS_ROOT) for _ in range(12)]


def laid(tar: bytes) -> StackLayer:
    table = read_table(io.BytesIO(tar))
    return StackLayer(table, TarballContent(table, lambda: io.BytesIO(tar)))


def without_the_hour(seen: Facts) -> Facts:
    """Leave out when a whiteout was made: it says nothing."""
    return {name: what if what[7] != (0, 0) else () for name, what in seen.items()}


def overlay_xattrs(folder: Path) -> dict[str, dict[str, bytes]]:
    return {
        str(path.relative_to(folder)): {name: os.getxattr(path, name) for name in os.listxattr(path) if name != OWNER}
        for path in [folder, *folder.rglob("*")]
        if path.is_dir() and not path.is_symlink()
    }


def shown(stack: Stack) -> Facts:
    """What the top of a stack shows, contents read."""
    view = stack.view()
    return {path(entry): facts(stack, entry) for entry in view}


def path(entry: Entry) -> bytes:
    return os.fsencode(entry.path)[1:]


def facts(stack: Stack, entry: Entry) -> tuple[object, ...]:
    content = b""
    if entry.kind is Kind.FILE:
        with stack.open(entry) as file:
            content = file.read()
    mode = 0o777 if entry.kind is Kind.SYMLINK else entry.mode
    owner = (entry.uid, entry.gid) if AS_ROOT else (0, 0)
    return (
        entry.kind,
        mode,
        *owner,
        entry.mtime,
        content,
        os.fsencode(entry.link or ""),
        entry.dev,
        tuple(entry.xattrs.items()),
    )


@pytest.mark.every_time  # root gives files away and makes devices; a plain user, who was asked before, does not
@pytest.mark.slow
@pytest.mark.parametrize(
    "stacks", [*map(some_stacks, SEEDS), list(STORIES.values())], ids=[*map(str, SEEDS), "stories"]
)
def test_capture_then_apply_is_the_same_folder(stacks: list[tuple[Layer, ...]], tmp_path: Path) -> None:
    for number, layers in enumerate(stacks):
        base = Stack.from_layers([laid(as_tar(members)) for members in layers[:-1]])
        upper, again, merged = (tmp_path / f"{name}{number}" for name in ("upper", "again", "merged"))
        for folder in (upper, again, merged):
            folder.mkdir()
        apply_layer(io.BytesIO(as_tar(layers[-1])), upper, below=base.view(), owners=OWNERS)

        captured = io.BytesIO()
        capture_folder(upper, captured)
        apply_layer(io.BytesIO(captured.getvalue()), again, owners=OWNERS)
        assert without_the_hour(facts_on_disk(again)) == without_the_hour(facts_on_disk(upper))
        assert groups_on_disk(again) == groups_on_disk(upper)
        assert overlay_xattrs(again) == overlay_xattrs(upper)
        once_more = io.BytesIO()
        capture_folder(again, once_more)
        assert once_more.getvalue() == captured.getvalue()

        tree = timeline(layers)[-1]
        from_folder = base.with_layer(StackLayer(read_folder(upper), FolderContent(upper)))
        assert shown(from_folder) == facts_of(tree, owners=AS_ROOT)
        assert shown(base.with_layer(laid(captured.getvalue()))) == facts_of(tree, owners=AS_ROOT)
        for members in layers[:-1]:
            apply_layer(io.BytesIO(as_tar(members)), merged, whiteouts="merge", owners=OWNERS)
        apply_layer(io.BytesIO(captured.getvalue()), merged, whiteouts="merge", owners=OWNERS)
        assert not AS_ROOT or facts_on_disk(merged) == facts_of(tree)
        assert groups_on_disk(merged) == groups(tree) or links_down(layers)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_captured_table_is_the_same_table(seed: int) -> None:
    for members in [members for layers in some_stacks(seed) for members in layers]:
        whole = laid(as_tar(members))
        out = io.BytesIO()
        capture(whole.table, whole.content, out)
        assert_same(read_table(io.BytesIO(out.getvalue())), whole.table)


def assert_same(one: LayerTable, other: LayerTable) -> None:
    assert one.keys() == other.keys()
    for row in range(len(one)):
        # Which of an inode's names came first in the tar is not kept.
        names = [replace(table.entry(row), hardlink_to=None) for table in (one, other)]
        assert names[0].kind == names[1].kind
        assert names[0] == names[1] or names[0].kind >= Kind.WHITEOUT
    assert bool(one.root_opaque) == bool(other.root_opaque)
    assert one.size == other.size
    assert np.array_equal(one.flags | HARDLINK, other.flags | HARDLINK)
