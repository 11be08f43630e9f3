import pytest

from layertui.core.containers.limits import Limits, limits
from layertui.core.errors import UsageError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None, None), Limits()),
        (("0", "0", -1), Limits()),
        (("64m", "1.5", 9), Limits(memory=64 << 20, nano_cpus=1_500_000_000, pids=9)),
        (("1GB", "0.01", 0), Limits(memory=1 << 30, nano_cpus=10_000_000)),
    ],
)
def test_as_options_spell_them(given, expected):
    assert limits(*given) == expected
    assert bool(expected) == (expected != Limits())


@pytest.mark.parametrize(
    "given", [("5m", None, None), ("x", None, None), (None, "x", None), (None, "-1", None), (None, "nan", None)]
)
def test_what_is_none(given):
    with pytest.raises(UsageError):
        limits(*given)


def test_as_the_runtime_specification_writes_them():
    assert Limits().to_json() == {}
    assert Limits(memory=5, nano_cpus=5 * 10**8, pids=7).to_json() == {
        "memory": {"limit": 5},
        "cpu": {"quota": 50_000, "period": 100_000},
        "pids": {"limit": 7},
    }
