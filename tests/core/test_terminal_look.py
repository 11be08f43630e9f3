"""What variables say of the terminal."""

import pytest

from layertui.core.errors import UsageError
from layertui.core.terminal_look import TerminalLook


@pytest.mark.parametrize(
    ("colours", "is_light"),
    [
        ("15;0", False),
        ("0;15", True),
        ("0;default;7", True),
        ("12;8", False),
        ("0;default", None),
        ("", None),
        ("1;²", None),
    ],
)
def test_the_background_is_the_last_number_of_colorfgbg(colours, is_light):
    assert TerminalLook.of({"COLORFGBG": colours}).is_light is is_light


@pytest.mark.parametrize(
    ("environ", "only_ascii"),
    [
        ({}, False),
        ({"LANG": "C"}, True),
        ({"LANG": "POSIX", "LC_CTYPE": "C.UTF-8"}, True),  # Python itself sets LC_CTYPE
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, False),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LC_ALL": "C"}, False),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True),
        ({"TERM": "linux", "LAYERTUI_GLYPHS": "unicode"}, False),
        ({"LANG": "en_US.UTF-8", "LAYERTUI_GLYPHS": "ascii"}, True),
    ],
)
def test_ascii_is_for_consoles_for_the_c_locale_and_on_demand(environ, only_ascii):
    assert TerminalLook.of(environ).only_ascii is only_ascii


def test_glyphs_are_ascii_or_unicode():
    with pytest.raises(UsageError, match="invalid LAYERTUI_GLYPHS='x': write ascii or unicode"):
        TerminalLook.of({"LAYERTUI_GLYPHS": "x"})
