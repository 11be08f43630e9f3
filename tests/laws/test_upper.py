"""The writable folder of a real overlay shows what happened: the view on top of the image shows what was mounted."""

import io
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

from laws import mounted
from laws.folders import Facts, capture_folder
from laws.naive import Layer
from laws.stacks import as_tar, thrown
from laws.test_capture_apply import facts, laid, path
from laws.test_overlay import unpack, why_not
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_folder import FolderContent, read_folder

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _needs_overlay() -> None:
    if (reason := why_not()) is not None:
        pytest.skip(reason)


def shown(stack: Stack) -> tuple[Facts, set[frozenset[bytes]]]:
    entries = list(stack.view())
    linked: dict[str, set[bytes]] = {}
    for entry in entries:
        # Of pipes and devices overlay does not know itself that it copied them up, and calls them two.
        if entry.hardlink_to is not None and entry.kind is Kind.FILE:
            linked.setdefault(entry.hardlink_to, {os.fsencode(entry.hardlink_to)[1:]}).add(path(entry))
    return {path(entry): facts(stack, entry) for entry in entries}, {frozenset(names) for names in linked.values()}


@pytest.mark.parametrize("seed", range(6))
def test_the_folder_shows_what_happened(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    stacks: list[tuple[Layer, ...]] = [thrown(dice, layers=3, members=9) for _ in range(25)]
    for number, layers in enumerate(stacks):
        unpack(layers, tmp_path / f"case-{seed}-{number:04}")
    subprocess.run(["unshare", "--mount", sys.executable, mounted.__file__, str(tmp_path), "live"], check=True)
    for number, layers in enumerate(stacks):
        case = tmp_path / f"case-{seed}-{number:04}"
        [(seen, linked)] = pickle.loads((case / "shown").read_bytes())
        expected = (seen, {names for names in linked if all(seen[name][0] is Kind.FILE for name in names)})
        base = Stack.from_layers([laid(as_tar(members)) for members in layers])
        upper = case / "upper"
        live = base.with_layer(StackLayer(read_folder(upper), FolderContent(upper)))
        assert shown(live) == expected
        assert not any(name.startswith("user.overlay") for entry in live.view() for name in entry.xattrs)
        # A commit of it, on the same image, shows the same.
        out = io.BytesIO()
        capture_folder(upper, out)
        assert shown(base.with_layer(laid(out.getvalue()))) == expected
