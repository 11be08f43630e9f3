"""Which tests and cases a run asks: all of them, or a sample that a seed draws.

LAYERTUI_SAMPLE names the seed, any text; the same one draws the same sample again, and the run prints it at its end. Without it
everything is asked. A test draws among what it goes through itself with `drawn`, `in_turn` and `paired`; of a test's parameters
the marker `sampled("runtime", …)` leaves one value of these to each combination of the others.
"""

import os
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import pytest

VARIABLE = "LAYERTUI_SAMPLE"
SHARE = 4
"""Of the slow tests of a file, each of their cases counted, a sample has one in so many."""
PASSED_BEFORE = "LAYERTUI_QUICK_PASSED"
"""Set by `.ci/run` once the quick tests have passed as a plain user: then a sample has one in `SHARE` of those as well; all of those
that are marked `skipif`, since that may be for a plain user."""
ASKED_ALWAYS = re.compile(r"/tests/(hostile/|contracts/|journeys/test_seed_)")
"""Files of which each test is asked, and of its cases one in `SHARE` where it is slow: attacks, what every engine and runtime
promises, and the story that this program is made for."""
T = TypeVar("T")


def seed() -> str:
    """The seed of this run's sample; empty where everything is asked."""
    return os.environ.get(VARIABLE, "")


def drawn(cases: Sequence[T], count: int, about: str) -> list[T]:
    """Only so many of the cases, in their order, other ones for each thing that they are about."""
    if not seed() or count >= len(cases):
        return list(cases)
    places = random.Random(f"{seed()} {about}").sample(range(len(cases)), count)
    return [cases[place] for place in sorted(places)]


def share(cases: Sequence[T], about: str) -> list[T]:
    """One in `SHARE` of the cases, at least one, in their order: one of each piece of them, so that none of those alike is crowded out.

    Over all seeds each has the same chance; so it is drawn, too, whether what is left of a division is asked.
    """
    if not seed():
        return list(cases)
    chance = random.Random(f"{seed()} {about}")
    count = (len(cases) + chance.randrange(SHARE)) // SHARE or 1
    ends = [len(cases) * number // count for number in range(count + 1)]
    return [cases[chance.randrange(*piece)] for piece in pairwise(ends)]


def in_turn(cases: Sequence[T], count: int, number: int) -> list[T]:
    """Only so many of the cases, in their order: those whose turn it is for the `number`-th of many things.

    As many things as there are cases have each case at least once; the seed says where the first one begins.
    """
    if not seed() or count >= len(cases):
        return list(cases)
    first = zlib.crc32(seed().encode()) + number * count
    places = {(first + more) % len(cases) for more in range(count)}
    return [cases[place] for place in sorted(places)]


def paired(ones: Sequence[T], others: Sequence[T], about: str) -> list[tuple[T, T]]:
    """Each of the ones with each of the others; in a sample each of both at least once, with a partner that is drawn."""
    pairs = [(one, other) for other in others for one in ones]
    if not seed():
        return pairs
    chance = random.Random(f"{seed()} {about}")
    columns = [chance.sample(row, len(row)) for row in (ones, others)]
    longer = max(map(len, columns))
    return [(columns[0][place % len(ones)], columns[1][place % len(others)]) for place in range(longer)]


class Sample:
    """Leaves out of a session what is not drawn; after all who want to know what was collected, as the snapshots do."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Function]) -> None:
        """Report to pytest what is left out. What somebody names, `FILE::TEST`, is asked with all its cases: so does tests/late.py."""
        named = tuple(name for name in config.args if "::" in name)
        if out := {item for item in left_out(items) if not _is_one_of(named, item.nodeid)}:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item not in out]


def _is_one_of(named: Sequence[str], nodeid: str) -> bool:
    return any(nodeid == name or nodeid.startswith((f"{name}[", f"{name}::", f"{name}@")) for name in named)


def left_out(items: Sequence[pytest.Function]) -> list[pytest.Function]:
    """The tests that this run does not ask, where it is a sample.

    Of those marked `sampled` that differ in the marker's parameters alone one is asked, and one more where some ask real daemons:
    those take turns among themselves. Those of a file take turns, so that each value is asked where a file has as many tests as
    there are values. Of what is left that is slow or has a real peer, one in `SHARE` is asked of each file, at least one; see
    `ASKED_ALWAYS` and `PASSED_BEFORE`. What is marked `every_time` is asked in each run.
    """
    if not seed():
        return []
    ordered = sorted(items, key=lambda item: item.nodeid)
    out = set(_all_but_one(ordered))
    return [*out, *_all_but_a_share([item for item in ordered if item not in out])]


def _all_but_one(items: Sequence[pytest.Function]) -> list[pytest.Function]:
    alike: defaultdict[str, defaultdict[tuple[object, ...], list[pytest.Function]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for item in items:
        marker, callspec = item.get_closest_marker("sampled"), getattr(item, "callspec", None)
        if marker is not None and callspec is not None:
            # By identity: a value is part of many cases, and need not be hashable.
            others = tuple((name, id(value)) for name, value in callspec.params.items() if name not in marker.args)
            with_daemons = item.get_closest_marker("oracle") is not None
            alike[f"{item.path} {with_daemons}"][item.originalname, *sorted(others)].append(item)
    out = []
    for groups in alike.values():
        for number, cases in enumerate(groups.values()):
            kept = in_turn(cases, 1, number)
            out += [item for item in cases if item not in kept]
    return out


def _all_but_a_share(items: Sequence[pytest.Function]) -> list[pytest.Function]:
    alike: defaultdict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        marked = {name for name in ("slow", "oracle", "every_time") if item.get_closest_marker(name) is not None}
        always = ASKED_ALWAYS.search(str(item.path)) is not None
        if "every_time" in marked:
            continue
        if not marked:
            if os.environ.get(PASSED_BEFORE) and not always and item.get_closest_marker("skipif") is None:
                alike[f"quick {item.path}"].append(item)
        elif not always:
            alike[f"{item.path}"].append(item)
        elif getattr(item, "callspec", None) is not None:
            alike[item.nodeid.partition("[")[0]].append(item)
    out = []
    for name, those in alike.items():
        kept = share(those, name)
        out += [item for item in those if item not in kept]
    return out
