"""Texts that are not stored as UTF-8 are decoded, and their offsets lead from one form to the other and back."""

import codecs
import io

import pytest

from layertui.core.analysis.file_pages import utf8_text
from layertui.core.analysis.file_pages.page_source import PageSource
from layertui.core.analysis.file_pages.utf8_text import codec_of, stored_offset, text_offset, utf8_of
from layertui.core.progress import quiet

TEXT = "a\nä€😀\r\n" * 9


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16LE"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16BE"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "UTF-32LE"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "UTF-32BE"),
        ("latin-1", b"", "8-bit"),
    ],
)
def test_each_character_has_the_same_place_in_both_forms(encoding, mark, name, monkeypatch):
    monkeypatch.setattr(utf8_text, "_PIECE", 5)  # pieces end inside of characters
    text = TEXT.replace("€😀", "üß") if encoding == "latin-1" else TEXT
    stored = mark + text.encode(encoding)
    codec = codec_of(stored, name)
    decoded = utf8_of(PageSource(io.BytesIO(stored), len(stored)), codec, quiet())
    assert decoded == text.encode()
    for at in range(len(text) + 1):
        in_text, in_file = len(text[:at].encode()), len(mark + text[:at].encode(encoding))
        assert stored_offset(decoded, in_text, codec) == in_file
        assert text_offset(stored[:in_file], codec) == in_text


def test_what_cannot_be_decoded_is_replaced_and_a_few_invalid_bytes_leave_utf8_what_it_is():
    stored = codecs.BOM_UTF16_LE + "a".encode("utf-16-le") + b"\x00\xd8" + "b".encode("utf-16-le") + b"c"
    decoded = utf8_of(PageSource(io.BytesIO(stored), len(stored)), codec_of(stored, "UTF-16LE"), quiet())
    assert decoded.decode() == "a\ufffdb\ufffd"
    assert codec_of("ää".encode() + b"\xff", "8-bit") is None
    assert codec_of("äö".encode("latin-1"), "8-bit").name == "latin-1"
    assert codec_of("äö".encode(), "UTF-8") is None
