import pytest

from layertui.core.containers.model.c_strings import is_c_string, require_c_string
from layertui.core.errors import LayertuiError


def test_what_the_kernel_gets_to_see_whole():
    assert is_c_string("")
    assert is_c_string("A=é\n\x1b")
    assert is_c_string("no UTF-8: \udcff")
    assert not is_c_string("a\0b")
    assert not is_c_string("\ud800")


def test_what_it_does_not_is_reported():
    require_c_string("A=b", "a variable")
    with pytest.raises(LayertuiError, match="a variable contains a NUL"):
        require_c_string("A=b\0c", "a variable")
