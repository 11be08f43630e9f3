"""What variables say of the terminal."""

import pytest

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
    ("environ", "glyphs", "only_ascii"),
    [
        ({}, "", False),
        ({"LANG": "C"}, "", True),
        ({"LANG": "POSIX", "LC_CTYPE": "C.UTF-8"}, "", True),  # Python itself sets LC_CTYPE
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, "", False),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, "", False),
        ({"LANG": "en_US.UTF-8"}, "", False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "", True),
        ({"LC_ALL": "C"}, "unicode", False),
        ({"LC_CTYPE": "C", "LANG": "en_US.UTF-8"}, "", True),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, "", True),
        ({"TERM": "linux"}, "unicode", False),
        ({"LANG": "en_US.UTF-8"}, "ascii", True),
    ],
)
def test_ascii_is_for_consoles_for_the_c_locale_and_on_demand(environ, glyphs, only_ascii):
    assert TerminalLook.of(environ, glyphs).only_ascii is only_ascii
