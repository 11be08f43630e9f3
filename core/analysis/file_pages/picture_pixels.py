"""The pixels of a picture, decoded with Pillow: the first frame, made small at once, within bounds of bytes and pixels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from layertui.core.analysis.file_facts.fact_values import PictureFacts
from layertui.core.bounds import bounds, check, exceeded
from layertui.core.errors import Damaged, LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from PIL import Image

    from layertui.core.progress import Progress

MOST_SIDE = 1024
"""Pixels of the longer side of the picture that is kept: more than the cells of any terminal show."""
_NOT_AVERAGED = {
    "P": "RGBA",
    "1": "L",
}  # the pixels of a palette are numbers of colours, and bits have nothing in between
_DAMAGED = tr("the picture is damaged: ")


@dataclass(frozen=True, slots=True)
class PixelRows:
    """Pixels from left to right, row by row from the top: four bytes each, red, green, blue and opacity."""

    width: int
    height: int
    rgba: bytes

    def row(self, y: int) -> bytes:
        """The pixels of one row."""
        return self.rgba[y * self.width * 4 : (y + 1) * self.width * 4]


class SmallPicture:
    """A decoded picture of at most `MOST_SIDE` pixels a side, from which it is drawn in any size."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    def fitted(self, width: int, height: int) -> PixelRows:
        """The picture in its proportions, as large as fits; a smaller one is enlarged by a whole number."""
        from PIL.Image import Resampling

        image = self._image
        share = min(max(1, width) / image.width, max(1, height) / image.height)
        if share >= 1:
            by, method = int(share), Resampling.NEAREST
            size = image.width * by, image.height * by
        else:
            method = Resampling.BOX
            size = max(1, round(image.width * share)), max(1, round(image.height * share))
        scaled = image.resize(size, method)
        return PixelRows(*size, scaled.tobytes())


class _CancellableBytes(BytesIO):
    """The content as Pillow's decoders read it, piece by piece; reading ends once the job is cancelled."""

    def __init__(self, content: bytes, progress: Progress) -> None:
        super().__init__(content)
        self._progress = progress

    def read(self, size: int | None = -1, /) -> bytes:
        self._progress.advance(0)
        return super().read(size)


def check_picture(facts: PictureFacts, size: int) -> None:
    """Raise LimitExceeded for a picture whose file of `size` bytes, or whose width times height, is too large to decode."""
    check("picture", size, tr("the picture's file has {size:,} bytes", size=size))
    _check_pixels(facts.width, facts.height)


def _check_pixels(width: int, height: int) -> None:
    check(
        "picture_pixels",
        width * height,
        tr("the picture has {width:,} x {height:,} pixels", width=width, height=height),
    )


def decoded_picture(content: bytes, facts: PictureFacts, progress: Progress) -> SmallPicture:
    """Decode the first frame of a file's whole content, which `facts` are of.

    Raises Damaged, LimitExceeded before anything is unpacked, Cancelled.
    """
    check_picture(facts, len(content))
    try:
        from PIL import Image
    except ImportError:
        raise Damaged(tr("pictures are decoded with the Python package Pillow, which is not installed")) from None
    # What a header says first may not be the size of what comes later (a frame of a GIF, a PNG in an ICO). Pillow checks
    # these too: it warns of more pixels than its own limit, and raises an error for twice as many.
    Image.MAX_IMAGE_PIXELS = bounds().picture_pixels // 2
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of metadata that make no difference to the pixels
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    try:
        with Image.open(_CancellableBytes(content, progress), formats=[facts.format.upper()]) as image:
            _check_pixels(*image.size)
            return SmallPicture(_made_small(image))
    except LayertuiError:
        raise
    except Image.DecompressionBombError:
        raise exceeded("picture_pixels", tr("a part of the picture has more pixels than the bound")) from None
    except Exception as error:  # noqa: BLE001  Pillow's decoders raise errors of many kinds for damaged files
        raise _damaged(error) from None


def _made_small(image: Any) -> Image.Image:
    if image.mode in _NOT_AVERAGED:
        image = image.convert(_NOT_AVERAGED[image.mode])
    # A JPEG is decoded at a half, a quarter or an eighth of its size.
    image.thumbnail((MOST_SIDE, MOST_SIDE), reducing_gap=2.0)
    image.load()
    found: Image.Image = image.convert("RGBA")
    return found


def _damaged(error: Exception) -> Damaged:
    why = tr("it cannot be recognised") if type(error).__name__ == "UnidentifiedImageError" else str(error)
    return Damaged(f"{_DAMAGED}{why.partition(chr(10))[0][:200] or type(error).__name__}")
