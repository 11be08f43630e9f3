from dataclasses import replace

import pytest

from layertui.core.containers.model.resource_limits import Limits, LogLimit, limits, log_limit, log_options
from layertui.core.errors import UsageError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None, None, None), Limits()),
        (("0", "0", "0", -1), Limits(pids=-1)),
        (("64m", None, "1.5", 9), Limits(memory=64 << 20, swap=128 << 20, nano_cpus=1_500_000_000, pids=9)),
        (("1GB", "1g", "0.01", 0), Limits(memory=1 << 30, swap=1 << 30, nano_cpus=10_000_000, pids=-1)),
        (("64m", "-1", None, None), Limits(memory=64 << 20, swap=-1)),
        (("64m", "0", None, None), Limits(memory=64 << 20, swap=128 << 20)),
    ],
)
def test_as_options_spell_them(given, expected):
    assert limits(*given) == expected
    assert bool(expected) == (replace(expected, pids=max(0, expected.pids or 0) or None) != Limits())


def test_processes_where_nobody_said_how_many():
    assert Limits().with_default(2048) == Limits(pids=2048)
    assert Limits().with_default(0) == Limits()
    assert Limits(pids=-1).with_default(2048).to_json() == {}
    assert Limits(pids=7).with_default(2048) == Limits(pids=7)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), (50, 2)),
        (("max-size=10m",), (10 << 20, 1)),
        (("max-size=10m", "max-file=3"), (10 << 20, 3)),
        (("max-file=3",), (50, 3)),
        (("max-size=-1",), (0, 1)),
        (("max-size=1k", "max-size=2k"), (2048, 1)),
    ],
)
def test_how_long_a_log_gets(given, expected):
    assert log_limit(*log_options(given), LogLimit.within(100)) == expected


@pytest.mark.parametrize("given", ["max-size", "max-size=x", "max-file=0", "max-file=-1", "max-file=1001", "tag=x", ""])
def test_what_a_log_has_not(given):
    with pytest.raises(UsageError):
        log_options((given,))


@pytest.mark.parametrize(
    "given",
    [
        ("5m", None, None, None),
        ("x", None, None, None),
        (None, None, "x", None),
        (None, None, "-1", None),
        (None, None, "nan", None),
        ("64m", "32m", None, None),
        (None, "64m", None, None),
        ("64m", "x", None, None),
    ],
)
def test_what_is_none(given):
    with pytest.raises(UsageError):
        limits(*given)


def test_as_the_runtime_specification_writes_them():
    assert Limits().to_json() == {}
    said = Limits(memory=5, swap=7, nano_cpus=5 * 10**8, pids=7).to_json()
    assert said.pop("memory") in ({"limit": 5, "swap": 7}, {"limit": 5})  # not every kernel counts swap
    assert said == {
        "cpu": {"quota": 50_000, "period": 100_000},
        "pids": {"limit": 7},
    }
