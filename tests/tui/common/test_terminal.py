import pytest

from layertui.core.errors import UsageError
from layertui.tui.common.terminal import DetachKeys, detach_keys


@pytest.mark.parametrize(
    ("typed", "passed", "found"),
    [
        ([b"ls\r"], [b"ls\r"], False),
        ([b"\x10\x11"], [b""], True),
        ([b"\x10", b"\x11"], [b"", b""], True),
        ([b"ls\x10", b"\x11rest"], [b"ls", b""], True),
        ([b"\x10", b"x"], [b"", b"\x10x"], False),
        ([b"\x10"], [b""], False),
        ([b"\x10", b"\x10"], [b"", b"\x10\x10"], False),
        ([b"\x10", b"\x10", b"\x11"], [b"", b"\x10\x10", b"\x11"], False),
        ([b"\x10\x10\x11"], [b"\x10\x10\x11"], False),
        ([b"\x10\x10", b"\x10", b"\x11"], [b"\x10\x10", b"", b""], True),
        ([b"pasted \x10\x11 text"], [b"pasted "], True),
        ([b"\x10", b"\x1b[A"], [b"", b"\x10\x1b[A"], False),
        ([b"\x11\x10"], [b"\x11"], False),
    ],
)
def test_detach_keys_are_found_however_they_come(typed, passed, found):
    keys = DetachKeys()
    assert [keys.pass_on(piece) for piece in typed] == passed
    assert keys.found is found


@pytest.mark.parametrize(
    ("spelled", "keys"),
    [
        (None, b"\x10\x11"),
        ("", b"\x10\x11"),
        ("a,b", b"ab"),
        ("ctrl-a,x", b"\x01x"),
        ("ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,DEL", b"\x00\x1b\x1c\x1d\x1e\x1f\x7f"),
    ],
)
def test_keys_as_the_option_spells_them(spelled, keys):
    assert detach_keys(spelled) == keys


@pytest.mark.parametrize("spelled", ["xx", "ctrl-1", "ctrl-A", "ctrl-", "a,,b", "ctrl-ab", "é"])
def test_what_spells_no_key(spelled):
    with pytest.raises(UsageError):
        detach_keys(spelled)


def test_longer_keys_are_held_back_as_far_as_they_fit():
    keys = DetachKeys(b"aab")
    assert [keys.pass_on(typed) for typed in (b"xa", b"a", b"a", b"c", b"aa")] == [b"x", b"", b"aaa", b"c", b""]
    assert not keys.found
    assert keys.pass_on(b"bz") == b""
    assert keys.found


def test_what_is_held_back_comes_through_where_nothing_follows():
    keys = DetachKeys()
    assert keys.pass_on(b"ls\x10") == b"ls"
    assert keys.held() == b"\x10"
    assert keys.held() == b""
    assert keys.pass_on(b"\x11") == b"\x11"
