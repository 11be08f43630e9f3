"""Names of any bytes survive a column of UTF-8."""

from hypothesis import given
from hypothesis import strategies as st

from layertui.core.catalog.storage.stored_text import stored, unstored

NAMES = st.binary(max_size=40) | st.text("a/\U0010ff80\U0010ffffé", max_size=20).map(str.encode)


@given(NAMES)
def test_every_name_comes_back(name):
    text = name.decode("utf-8", "surrogateescape")
    assert unstored(stored(text)) == text
    stored(text).encode()


@given(st.text("abé.-", max_size=20))
def test_what_is_plain_stays_as_it_is(text):
    assert stored(text) == text
