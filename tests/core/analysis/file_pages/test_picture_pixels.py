"""Pictures are decoded small, the first frame alone; damaged ones and bombs are refused with one line."""

import io
import struct
import sys
import zlib

import pytest
from PIL import Image

from layertui.core.analysis.file_facts.look_at_file import file_facts
from layertui.core.analysis.file_pages.picture_pixels import MOST_SIDE, decoded_picture
from layertui.core.errors import Cancelled, Damaged, LimitExceeded
from layertui.core.progress import Progress, quiet

RED, GREEN, BLUE, CLEAR = b"\xff\0\0\xff", b"\0\xff\0\xff", b"\0\0\xff\xff", b"\0\0\0\0"


def encoded(picture, name, **how):
    out = io.BytesIO()
    if name == "ICO":
        how["sizes"] = [picture.size]
    picture.save(out, name, **how)
    return out.getvalue()


def four(mode="RGBA"):
    picture = Image.new("RGBA", (2, 2))
    for at, colour in enumerate((RED, GREEN, BLUE, CLEAR)):
        picture.putpixel((at % 2, at // 2), tuple(colour))
    return picture.convert(mode)


def decoded(content, progress=None):
    facts = file_facts(io.BytesIO(content), len(content)).details
    return decoded_picture(content, facts, progress or quiet())


@pytest.mark.parametrize("name", ["PNG", "GIF", "WEBP", "BMP", "ICO"])
def test_each_pixel_has_its_colour_and_transparency(name):
    content = encoded(four("RGB" if name == "BMP" else "RGBA"), name, **({"lossless": True} if name == "WEBP" else {}))
    last = b"\0\0\0\xff" if name == "BMP" else CLEAR
    pixels = decoded(content).fitted(2, 3)
    assert (pixels.width, pixels.height) == (2, 2)
    assert pixels.rgba == RED + GREEN + BLUE + last
    assert decoded(content).fitted(5, 4).row(1) == RED * 2 + GREEN * 2


def test_a_picture_keeps_its_proportions_and_little_of_it_is_kept():
    wide = decoded(encoded(Image.new("RGB", (3000, 30), "red"), "JPEG"))
    assert wide._image.size == (MOST_SIDE, 10)
    pixels = wide.fitted(100, 100)
    assert (pixels.width, pixels.height) == (100, 1)
    assert (wide.fitted(1, 0).width, wide.fitted(1, 0).height) == (1, 1)


def test_only_the_first_frame_of_an_animation_is_decoded():
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decoded(content).fitted(1, 1).rgba == RED


def png(width, height, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_by_its_header_and_where_another_header_hides_it(lower):
    bomb = png(60_000, 60_000, b"")
    with pytest.raises(LimitExceeded, match=r"60,000 x 60,000 pixels; .*LAYERTUI_MAX_PICTURE_PIXELS"):
        decoded(bomb)
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(bomb), 22) + bomb
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_PICTURE_PIXELS"):
        decoded(icon)
    frame = bytearray(encoded(Image.new("RGB", (2, 2), "red"), "GIF"))
    at = frame.index(b"\x2c\0\0\0\0\2\0\2\0") + 5
    frame[at : at + 4] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_PICTURE_PIXELS"):
        decoded(bytes(frame))
    lower(picture=100)
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_PICTURE "):
        decoded(encoded(Image.new("RGB", (200, 200)), "BMP"))


@pytest.mark.parametrize("name", ["PNG", "GIF", "JPEG", "WEBP", "BMP", "ICO"])
def test_a_picture_that_is_cut_off_anywhere_is_decoded_or_refused_in_one_line(name):
    content = encoded(four("RGB"), name)
    refused = []
    for length in range(16, len(content), max(1, len(content) // 60)):
        part = content[:length]
        if file_facts(io.BytesIO(part), len(part)).details is None:
            continue
        try:
            decoded(part)
        except (Damaged, LimitExceeded) as error:
            refused.append(str(error))
    assert refused
    assert all(why.startswith("the picture") and "\n" not in why for why in refused)


def test_a_cancelled_job_stops_and_a_missing_decoder_is_named(monkeypatch):
    progress = Progress()
    progress.cancel()
    content = encoded(four(), "PNG")
    with pytest.raises(Cancelled):
        decoded(content, progress)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(Damaged, match="Pillow, which is not installed"):
        decoded(content)
