"""Layers unpacked to one folder, one after another, give what the oracle says."""

import io
import os
import random
from pathlib import Path

import pytest

from laws.folders import facts_of, facts_on_disk, groups_on_disk
from laws.naive import groups, timeline
from laws.stacks import as_tar, thrown
from layertui.core.layers.write.apply import apply_layer

AS_ROOT = os.geteuid() == 0
pytestmark = (
    pytest.mark.every_time
)  # root gives files away and makes devices; a plain user, who was asked before, does not


@pytest.mark.parametrize("seed", range(10))
def test_merging_layers_is_applying_them_in_order(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    for number in range(8):
        layers = thrown(dice, layers=3, owners=AS_ROOT, devices=AS_ROOT)
        target = tmp_path / str(number)
        target.mkdir()
        for members, tree in zip(layers, timeline(layers)[1:], strict=True):
            apply_layer(io.BytesIO(as_tar(members)), target, whiteouts="merge", owners="keep" if AS_ROOT else "mine")
            if AS_ROOT or number % 2:
                assert facts_on_disk(target) == facts_of(tree, owners=AS_ROOT) if AS_ROOT else True
            assert groups_on_disk(target) == groups(tree)
