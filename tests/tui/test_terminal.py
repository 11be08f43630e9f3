import pytest

from layertui.tui.terminal import DetachKeys


@pytest.mark.parametrize(
    ("typed", "passed", "found"),
    [
        ([b"ls\r"], [b"ls\r"], False),
        ([b"\x10\x11"], [b""], True),
        ([b"\x10", b"\x11"], [b"", b""], True),
        ([b"ls\x10", b"\x11rest"], [b"ls", b""], True),
        ([b"\x10", b"x"], [b"", b"\x10x"], False),
        ([b"\x10", b"\x10", b"\x11"], [b"", b"\x10", b""], True),
        ([b"\x10\x10\x11"], [b"\x10"], True),
        ([b"\x11\x10"], [b"\x11"], False),
    ],
)
def test_detach_keys_are_found_however_they_come(typed, passed, found):
    keys = DetachKeys()
    assert [keys.pass_on(piece) for piece in typed] == passed
    assert keys.found is found
