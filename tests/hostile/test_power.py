"""The power goes, in the middle of a verb or as soon as it is done: what was said done is there, and `fsck` finds the store sound.

Every story at each of its moments, or where a run is sampled some stories at some moments.
"""

from contextlib import contextmanager

import pytest

from absent import need
from hostile.power import PROMISED, SWALLOWED, NoDisk, powered
from sampling import drawn

pytestmark = pytest.mark.slow

# A container once could be left without a record: its story is in each sample.
STORIES = list(dict.fromkeys(["create", *drawn([*PROMISED], 4, "power")]))


@contextmanager
def on_a_disk(folder, name):
    need("strace")
    try:
        with powered(folder, name) as theatre:
            yield theatre
    except NoDisk as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", STORIES)
def test_the_power_goes(name, tmp_path):
    with on_a_disk(tmp_path, name) as theatre:
        assert theatre.done() == []
        for point in drawn(theatre.calls, 2, f"power {name}"):
            assert theatre.killed(point) == []


@pytest.mark.parametrize("name", ["create", "write again"])
def test_what_was_not_synced_is_gone(name, tmp_path):
    """The disk is as forgetful as it is meant to be: a verb whose syncs do nothing has done nothing, or damage."""
    with on_a_disk(tmp_path, name) as theatre:
        assert theatre.done("trace=fsync,fdatasync,syncfs,sync,sync_file_range", "-e", SWALLOWED) != []
