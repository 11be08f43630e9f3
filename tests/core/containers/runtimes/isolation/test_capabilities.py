import pytest

from layertui.core.containers.runtimes.isolation.capabilities import DEFAULT, KNOWN, bits, granted
from layertui.core.errors import UsageError


def test_dockers_default():
    assert bits(granted((), ())) == 0xA80425FB
    assert len(DEFAULT) == 14


@pytest.mark.parametrize(
    ("add", "drop", "expected"),
    [
        (["SYS_ADMIN"], ["ALL"], {"CAP_SYS_ADMIN"}),
        (["cap_sys_admin"], ["all"], {"CAP_SYS_ADMIN"}),
        (["ALL"], ["CAP_CHOWN"], set(KNOWN) - {"CAP_CHOWN"}),
        (["NET_ADMIN"], ["CHOWN"], set(DEFAULT) - {"CAP_CHOWN"} | {"CAP_NET_ADMIN"}),
        (["CHOWN"], ["CHOWN"], set(DEFAULT)),
    ],
)
def test_added_and_dropped(add, drop, expected):
    assert set(granted(add, drop)) == expected


def test_an_unknown_one():
    with pytest.raises(UsageError, match="unknown capability: 'FLY'"):
        granted(["FLY"], ())
