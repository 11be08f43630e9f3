"""A sample leaves no case out for good, and the same seed draws it again."""

from itertools import product
from types import SimpleNamespace

import pytest

import sampling

WAYS = ["load", "import", "cp", "extract"]
INPUTS = [f"input {number}" for number in range(9)]


@pytest.fixture
def seeded(monkeypatch):
    return lambda seed: monkeypatch.setenv(sampling.VARIABLE, seed)


def tried():
    return [sampling.in_turn(WAYS, 2, number) for number in range(len(INPUTS))]


def test_without_a_seed_everything_is_asked(seeded):
    seeded("")
    assert tried() == [WAYS] * len(INPUTS)
    assert sampling.drawn(INPUTS, 2, "any") == INPUTS
    assert sorted(sampling.paired(WAYS, INPUTS, "any")) == sorted(product(WAYS, INPUTS))


@pytest.mark.parametrize("seed", ["a", "b", "0123456789abcdef"])
def test_each_input_and_each_way_is_among_a_sample(seeded, seed):
    seeded(seed)
    assert {len(ways) for ways in tried()} == {2}
    assert {way for ways in tried() for way in ways} == set(WAYS)
    assert len(sampling.drawn(INPUTS, 3, "any")) == 3
    ones, others = zip(*sampling.paired(WAYS, INPUTS, "any"), strict=True)
    assert (set(ones), sorted(others)) == (set(WAYS), INPUTS)


def test_a_seed_draws_the_same_again_and_another_one_other_cases(seeded):
    seen = []
    for seed in ("a", "a", *"bcdefgh"):
        seeded(seed)
        seen.append(str((tried(), sampling.drawn(INPUTS, 2, "any"), sampling.paired(WAYS, INPUTS, "any"))))
    assert seen[0] == seen[1]
    assert len({*seen}) > 2
    assert sampling.drawn(INPUTS, 2, "one thing") != sampling.drawn(INPUTS, 2, "another")


def test_every_way_comes_for_every_input(seeded):
    ways = set()
    for seed in range(60):
        seeded(str(seed))
        ways |= {*sampling.in_turn(WAYS, 2, 3)}
    assert ways == set(WAYS)


class Case(SimpleNamespace):
    """What the sample looks at of a test."""

    __hash__ = object.__hash__


@pytest.fixture(autouse=True)
def _nothing_passed_before(monkeypatch):
    monkeypatch.delenv(sampling.PASSED_BEFORE, raising=False)


def alone(test, *, marks, path="/tests/test_some.py"):
    """A test with one case."""
    made = case(test, marks=marks, path=path)
    made.callspec, made.nodeid = None, f"{path}::{test}"
    return made


def case(test, *, daemon=False, marks=("sampled",), path="/tests/test_some.py", **params):
    """A test with these of its parameters' values, as pytest has it; marked `sampled("runtime")` by itself."""
    names = [*marks, "oracle"] if daemon else marks
    markers = {name: pytest.mark.sampled("runtime").mark if name == "sampled" else name for name in names}
    callspec = SimpleNamespace(params=params)
    name = f"{path}::{test}[{params}]"
    return Case(
        path=path,
        nodeid=name,
        originalname=test,
        callspec=callspec,
        get_closest_marker=markers.get,
    )


def test_those_with_real_daemons_take_turns_among_themselves(seeded):
    cases = [
        case(f"test_{n}", daemon=daemon, path="/tests/contracts/test_some.py", runtime=(n, daemon, m))
        for n in "abc"
        for daemon in (0, 1)
        for m in range(3)
    ]
    seeded("a")
    out = sampling.left_out(cases)
    kept = [one.callspec.params["runtime"] for one in cases if one not in out]
    assert [(test, daemon) for test, daemon, _ in kept] == [(test, daemon) for test in "abc" for daemon in (0, 1)]
    for asked in (0, 1):
        assert {number for _, daemon, number in kept if daemon == asked} == {0, 1, 2}


def test_of_cases_that_differ_in_one_parameter_one_is_asked(seeded):
    cases = [case("test_option", option=option, runtime=runtime) for option in range(6) for runtime in range(2)]
    cases += [case("test_alone", runtime=runtime) for runtime in range(2)]
    seeded("")
    assert sampling.left_out(cases) == []
    seeded("a")
    out = sampling.left_out(cases)
    kept = [one for one in cases if one not in out]
    assert [one.originalname for one in kept] == ["test_option"] * 6 + ["test_alone"]
    assert [one.callspec.params["option"] for one in kept[:6]] == [*range(6)]
    assert {one.callspec.params["runtime"] for one in kept} == {0, 1}
    assert {one.nodeid for one in sampling.left_out(cases[::-1])} == {one.nodeid for one in out}


def test_one_case_alone_is_asked_whatever_the_seed(seeded):
    seeded("a")
    assert not [one for number in range(2) if (one := sampling.left_out([case("test_alone", runtime=number)]))]


def kept_of(cases):
    out = {one.nodeid for one in sampling.left_out(cases)}
    return [one for one in cases if one.nodeid not in out]


SEEDS = [str(number) for number in range(60)]


def test_of_the_slow_tests_and_their_cases_of_a_file_a_share_is_asked(seeded):
    cases = [case("test_many", marks=["slow"], number=number) for number in range(41)]
    cases += [case("test_few", marks=["slow"], number=number) for number in range(2)]
    cases += [alone(f"test_{letter}", marks=["slow"]) for letter in "abcde"]
    always = [case("test_many", marks=["slow", "every_time"], number=number) for number in range(41, 44)]
    always += [alone("test_every_time", marks=["oracle", "every_time"])]
    always += [case("test_quick", marks=[], number=number) for number in range(9)]
    seen, counts = set(), set()
    for seed in SEEDS:
        seeded(seed)
        kept = kept_of([*cases, *always])
        counts.add(len(kept) - len(always))
        seen |= {one.nodeid for one in kept}
        assert {one.nodeid for one in always} <= {one.nodeid for one in kept}
        # None is crowded out: they are asked evenly.
        assert sum(one.originalname == "test_many" for one in kept) >= 3 + 41 // sampling.SHARE - 2
    assert counts == {len(cases) // sampling.SHARE}
    assert len(seen) == len(cases) + len(always)


@pytest.mark.parametrize("count", range(1, 10))
def test_each_slow_test_of_a_file_has_the_same_chance_and_one_is_always_asked(seeded, count):
    tests = [alone(f"test_{number}", marks=["slow"]) for number in range(count)]
    times = dict.fromkeys((one.nodeid for one in tests), 0)
    for number in range(2000):
        seeded(f"seed {number}")
        kept = kept_of(tests)
        assert max(1, count // sampling.SHARE) <= len(kept) <= -(-count // sampling.SHARE)
        for one in kept:
            times[one.nodeid] += 1
    chance = max(1 / count, 1 / sampling.SHARE)
    assert [name for name, asked in times.items() if abs(asked / 2000 - chance) > 0.06] == []


def test_each_file_has_its_share(seeded):
    tests = [
        alone(f"test_{number}", marks=["slow"], path=f"/tests/test_{file}.py") for file in "abc" for number in range(3)
    ]
    for seed in SEEDS:
        seeded(seed)
        assert [one.path for one in kept_of(tests)] == [f"/tests/test_{file}.py" for file in "abc"]


@pytest.mark.parametrize("folder", ["hostile/test_kills", "contracts/test_life", "journeys/test_seed_cli"])
def test_attacks_contracts_and_the_story_are_asked_each_time_and_a_share_of_their_slow_cases(seeded, folder):
    path = f"/tests/{folder}.py"
    each = [alone(f"test_{number}", marks=["slow"], path=path) for number in range(8)]
    cases = [case(f"test_{letter}", marks=["slow"], path=path, number=n) for letter in "ab" for n in range(8)]
    cases += [case("test_of_two", marks=["slow"], path=path, number=number) for number in range(2)]
    seeded("a")
    kept = [one.originalname for one in kept_of([*each, *cases])]
    assert kept == [one.originalname for one in each] + ["test_a"] * 2 + ["test_b"] * 2 + ["test_of_two"]


def test_of_quick_tests_that_passed_before_a_share_is_asked_but_where_all_are(seeded, monkeypatch):
    tests = [alone(f"test_{number}", marks=[]) for number in range(8)]
    tests += [case("test_case", marks=[], number=number) for number in range(8)]
    always = [alone("test_as_root", marks=["skipif"]), alone("test_as_both", marks=["every_time"])]
    always += [alone(f"test_{number}", marks=[], path="/tests/hostile/test_text.py") for number in range(8)]
    slow = [alone(f"test_{number}", marks=["slow"], path="/tests/test_other.py") for number in range(8)]
    seeded("a")
    assert len(kept_of([*tests, *always, *slow])) == len(tests) + len(always) + 2
    monkeypatch.setenv(sampling.PASSED_BEFORE, "1")
    kept = kept_of([*tests, *always, *slow])
    assert len(kept) == len(tests) // sampling.SHARE + len(always) + 2
    assert {one.nodeid for one in always} <= {one.nodeid for one in kept}
    seeded("")
    assert kept_of([*tests, *always, *slow]) == [*tests, *always, *slow]


def test_of_cases_with_real_peers_a_share_is_asked_after_the_turns(seeded):
    seeded("a")
    cases = [case("test_it", daemon=True, option=option, runtime=runtime) for option in range(8) for runtime in (0, 1)]
    assert len(kept_of(cases)) == 8 // sampling.SHARE


def test_what_is_named_is_asked_whatever_the_sample(seeded):
    """As tests/late.py does, and who looks for a fault."""
    seeded("a")
    tests = [alone(f"test_{letter}", marks=["slow"]) for letter in "abcdefgh"]
    cases = [case("test_case", marks=["slow"], number=number) for number in range(8)]
    items, deselected = [*tests, *cases], []
    named = [tests[0].nodeid, tests[1].nodeid, f"{cases[0].path}::test_case"]

    def note(items):
        deselected.extend(items)

    hook = SimpleNamespace(pytest_deselected=note)
    sampling.Sample().pytest_collection_modifyitems(SimpleNamespace(args=[*named, "tests"], hook=hook), items)
    assert {one.nodeid for one in [*tests[:2], *cases]} <= {one.nodeid for one in items}
    assert len(items) + len(deselected) == len(tests) + len(cases)
    assert len(deselected) >= 4
