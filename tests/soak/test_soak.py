"""A few rounds of the soak (`make soak` is the long one): what the screen holds does not grow, and no verb beside it fails."""

import pytest

from containing import require_runtime
from soak.soak import ENTER, ESC, HOME, Held, grown, soak

SHORT = [("3", "j", "4", "*", *HOME), ("2", ENTER, "3", "5", ESC, "w", *HOME)]


@pytest.mark.slow
@pytest.mark.late("a real terminal: keys may come before what they are meant for is painted")
def test_a_short_soak(tmp_path, tmux):
    require_runtime("bwrap", tmp_path / "store")
    found, others = soak(tmp_path, minutes=0, script=SHORT)
    assert grown(found) == []
    assert others.failed == []
    assert others.done >= 10 * len(found)


@pytest.mark.parametrize("what", ["threads", "descriptors", "watches", "children", "files"])
def test_one_more_each_round_is_noticed(what):
    held = {"memory": 90_000_000, "threads": 7, "descriptors": 11, "watches": 1, "children": 0, "files": 0}
    found = [Held(**held | {what: held[what] + number}) for number in range(12)]
    assert [flaw.partition(":")[0] for flaw in grown(found)] == [what]


def test_memory_that_only_breathes_is_none():
    def rounds(*megabytes):
        return [Held(megabyte * 1_000_000, 7, 11, 1, 0, 0) for megabyte in megabytes]

    assert grown(rounds(60, 80, 90, 91, 92, 90, 93, 91, 90, 94)) == []
    assert grown(rounds(60, 80, 90, 91, 92, 90, 95, 99, 103, 107)) != []
