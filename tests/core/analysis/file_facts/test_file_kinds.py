import struct

import pytest

from layertui.core.analysis.file_facts.file_kinds import kind_of, picture_of

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 12, 34)
BMP = b"BM" + bytes(12) + struct.pack("<Iii", 40, 7, -9)
ICO = b"\x00\x00\x01\x00\x01\x00" + bytes([32, 0])
JPEG = b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + bytes(14) + b"\xff\xc0" + struct.pack(">HBHH", 17, 8, 90, 160)
WEBP_X = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")
WEBP_L = b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + struct.pack("<I", 15 | 31 << 14)
WEBP = b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 20, 10)


@pytest.mark.parametrize(
    ("head", "name", "width", "height"),
    [
        (PNG, "PNG", 640, 480),
        (GIF, "GIF", 12, 34),
        (BMP, "BMP", 7, 9),
        (ICO, "ICO", 32, 256),
        (JPEG, "JPEG", 160, 90),
        (WEBP_X, "WebP", 100, 50),
        (WEBP_L, "WebP", 16, 32),
        (WEBP, "WebP", 20, 10),
    ],
)
def test_a_pictures_kind_and_size(head, name, width, height):
    assert picture_of(head) == (name, width, height)


@pytest.mark.parametrize("head", [PNG, GIF, ICO, JPEG, WEBP_X, WEBP_L, WEBP])
def test_a_picture_that_is_cut_off_keeps_its_kind(head):
    for length in range(12, len(head)):
        found = picture_of(head[:length])
        assert found is None or found[0]


def test_a_text_that_begins_with_bm_is_no_picture():
    assert picture_of(b"BMW is a car, and this is a long enough text about it") is None
    assert kind_of(b"BM") == "BMP picture"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\x7fELF\x02\x01" + bytes(10) + struct.pack("<HH", 3, 62), "ELF 64-bit shared object or executable, x86-64"),
        (b"\x7fELF\x01\x02" + bytes(10) + struct.pack(">HH", 2, 40), "ELF 32-bit executable, arm"),
        (b"\x7fELF", "ELF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip archive"),
        (bytes(257) + b"ustar\x00", "tar archive"),
        (b"hello", None),
        (b"", None),
    ],
)
def test_what_bytes_are_by_how_they_begin(head, words):
    assert kind_of(head) == words
