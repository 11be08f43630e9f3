import pytest

from layertui.core.containers.limits import Limits, limits
from layertui.core.errors import UsageError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None, None, None), Limits()),
        (("0", "0", "0", -1), Limits()),
        (("64m", None, "1.5", 9), Limits(memory=64 << 20, swap=128 << 20, nano_cpus=1_500_000_000, pids=9)),
        (("1GB", "1g", "0.01", 0), Limits(memory=1 << 30, swap=1 << 30, nano_cpus=10_000_000)),
        (("64m", "-1", None, None), Limits(memory=64 << 20, swap=-1)),
        (("64m", "0", None, None), Limits(memory=64 << 20, swap=128 << 20)),
    ],
)
def test_as_options_spell_them(given, expected):
    assert limits(*given) == expected
    assert bool(expected) == (expected != Limits())


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
