"""What each layer wastes: counted by hand, and in sum what the layers leave behind and hide."""

import random

import pytest

from laws.stacks import as_table, thrown
from layertui.core.analysis import step_waste
from layertui.core.analysis.leftovers import leftovers_of
from layertui.core.analysis.step_waste import waste_by_layer
from layertui.core.analysis.stored_files import stored_files
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from laying import lay


def found(*layers, **span):
    wasted = waste_by_layer(stored_files(lay(*layers), **span))
    return {number: [(one.kind, one.what, one.bytes, one.files) for one in waste] for number, waste in wasted.items()}


def test_what_three_layers_waste():
    """apt lists in layer 1, removed in layer 2, where a file is stored again; layer 3 removes that one, too."""
    layers = (
        ["var/lib/apt/lists/a:50", "var/lib/apt/lists/b:30", "srv/app:100", "srv/kept:7"],
        ["-var/lib/apt/lists", "srv/app:90", "tmp/x:20"],
        ["-srv/app"],
    )
    assert found(*layers) == {
        1: [("left behind", "apt lists", 80, 2)],
        2: [
            ("stored again", "", 100, 1),
            ("removed later", "", 80, 2),
            ("left behind", "temporary files", 20, 1),
        ],
        3: [("removed later", "", 90, 1)],
    }
    assert found(*layers, high=2)[2][0] == ("stored again", "", 100, 1)
    assert 3 not in found(*layers, high=2)
    assert found(*layers, low=3) == {}


def test_advice_is_for_what_was_found():
    wasted = waste_by_layer(stored_files(lay(["var/lib/apt/lists/a:50"])))
    assert wasted[1][0].advice == "end the RUN of apt-get update with `rm -rf /var/lib/apt/lists/*`"


def test_what_is_little_for_the_image_is_left_out():
    assert found(["srv/app:10000", "tmp/x:99"]) == {}
    assert found(["srv/app:9900", "tmp/x:100"]) == {1: [("left behind", "temporary files", 100, 1)]}
    large = (1 << 20, (1 << 20) - 1)
    assert [len(found([f"srv/app:{1 << 40}", f"tmp/x:{size}"])) for size in large] == [1, 0]


def test_nothing_is_wasted():
    assert found(["srv/app:10"], ["srv/other:20"]) == {}
    assert found(["a:0"], ["-a"]) == {}


@pytest.mark.parametrize("seed", range(20))
def test_in_sum_it_is_all_that_is_left_and_hidden(seed, monkeypatch):
    monkeypatch.setattr(step_waste, "_LARGE", 1)
    dice = random.Random(seed)
    for _ in range(5):
        stack = Stack.from_layers([StackLayer(as_table(layer)) for layer in thrown(dice, layers=4, members=9)])
        stored = stored_files(stack)
        wasted = [one for waste in waste_by_layer(stored).values() for one in waste]
        left = {one.kind: one.bytes for one in leftovers_of(stored)}
        assert sum(one.bytes for one in wasted if one.kind == "left behind") == sum(left.values())
        assert sum(one.bytes for one in wasted if one.kind != "left behind") == stored.hidden_bytes
