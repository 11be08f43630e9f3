"""Killed or failed at any system call, a verb leaves the store as it was or as it was to be, and `fsck` finds it sound.

Each story is struck at each of its points, or where a run is sampled at some of them.
"""

import pytest

from absent import need
from hostile.kills import Theatre
from hostile.stories import STORIES
from sampling import drawn

pytestmark = pytest.mark.slow

MOST = 1
"""So many kills and so many failed calls for each story of a sample."""
# Where a kill once left half of something; each run kills there.
ONCE = {
    "create": ("mkdir", "rename"),
    "write": ("write", "rename"),
    "unlink a folder": ("unlinkat", "rename"),
    "save over an older one": ("write",),
    "extract of a file": ("write",),
    "cp out": ("write",),
}


@pytest.mark.parametrize("name", STORIES)
def test_struck(name, tmp_path):
    need("strace")
    theatre = Theatre(tmp_path, STORIES[name])
    points = list(theatre.points())
    kills = [point for point in points if not point.error]
    failures = [point for point in points if point.error]
    once = [point for point in kills if point.call in ONCE.get(name, ())]
    chosen = {
        *drawn(kills, MOST, f"kill {name}"),
        *drawn(failures, MOST, f"fail {name}"),
        *drawn(once, 1, f"once {name}"),
    }
    assert [flaw for point in chosen for flaw in theatre.strike(point)] == []
