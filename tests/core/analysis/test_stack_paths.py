import random

import numpy as np

from laws.stacks import as_table, thrown
from layertui.core.analysis.stack_paths import paths_of
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer


def test_paths_in_any_order_and_several_times():
    dice = random.Random(1)
    for _ in range(5):
        stack = Stack.from_layers([StackLayer(as_table(members)) for members in thrown(dice)])
        everything = np.arange(len(stack.depth))
        assert paths_of(stack, everything) == [stack.path(place) for place in everything]
        some = np.array(dice.choices(everything, k=5))
        assert paths_of(stack, some) == [stack.path(place) for place in some]
        assert paths_of(stack, everything[:0]) == []
