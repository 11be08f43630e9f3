"""Killed or failed at any system call, a verb leaves the store as it was or as it was to be, and `fsck` finds it sound.

Each story is struck at some of its points here, other ones in each run of the suite that names another seed; at all of them by
`make security`.
"""

import random

import pytest

from absent import need
from hostile.kills import Theatre
from hostile.stories import STORIES

MOST = 4


@pytest.mark.parametrize("name", STORIES)
def test_struck(name, tmp_path):
    need("strace")
    theatre = Theatre(tmp_path, STORIES[name])
    points = list(theatre.points())
    chosen = random.Random(name).sample(points, min(MOST, len(points)))
    assert [flaw for point in chosen for flaw in theatre.strike(point)] == []
