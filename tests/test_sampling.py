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


def case(test, *, daemon=False, marks=("sampled",), **params):
    """A test with these of its parameters' values, as pytest has it; marked `sampled("runtime")` by itself."""
    names = [*marks, "oracle"] if daemon else marks
    markers = {name: pytest.mark.sampled("runtime").mark if name == "sampled" else name for name in names}
    callspec = SimpleNamespace(params=params)
    name = f"{test}[{params}]"
    return Case(
        path="test_some.py",
        nodeid=name,
        originalname=test,
        callspec=callspec,
        get_closest_marker=markers.get,
    )


def test_those_with_real_daemons_take_turns_among_themselves(seeded):
    cases = [
        case(f"test_{n}", daemon=daemon, runtime=(n, daemon, m)) for n in "abc" for daemon in (0, 1) for m in range(3)
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


def test_of_a_slow_test_with_many_cases_a_share_is_asked(seeded):
    cases = [case("test_many", marks=["slow"], number=number) for number in range(41)]
    cases += [case("test_few", marks=["slow"], number=number) for number in range(2)]
    quick = [case("test_quick", marks=[], number=number) for number in range(9)]
    always = [case("test_many", marks=["slow", "every_time"], number=number) for number in range(41, 44)]
    seen = set()
    for seed in range(60):
        seeded(str(seed))
        out = {one.nodeid for one in sampling.left_out([*cases, *quick, *always])}
        kept = [one for one in (*cases, *quick, *always) if one.nodeid not in out]
        assert [one.originalname for one in kept] == ["test_many"] * 11 + ["test_few"] + ["test_quick"] * 9 + [
            "test_many"
        ] * 3
        seen |= {one.nodeid for one in kept}
    assert len(seen) == len(cases) + len(quick) + len(always)


def test_of_cases_with_real_peers_a_share_is_asked_after_the_turns(seeded):
    seeded("a")
    cases = [case("test_it", daemon=True, option=option, runtime=runtime) for option in range(8) for runtime in (0, 1)]
    kept = {one.nodeid for one in cases} - {one.nodeid for one in sampling.left_out(cases)}
    assert len(kept) == 8 // sampling.SHARE
