"""The kind of a file and the size of a picture, from the first bytes; `core/streams/file_magic.py` has the table."""

from __future__ import annotations

import struct
from collections.abc import Callable

from layertui.core.language.texts import tr
from layertui.core.streams.file_magic import FILES, PICTURES, formats

_ELF_KINDS = {1: tr("object"), 2: tr("executable"), 3: tr("shared object or executable"), 4: tr("core dump")}
_ELF_MACHINES = {3: "i386", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv", 21: "ppc64", 22: "s390"}


def kind_of(head: bytes) -> str | None:
    """The kind of a file from its first bytes; None if unknown."""
    picture = picture_of(head)
    if picture is not None:
        name, width, height = picture
        return (
            tr("{name} picture, {width:,} x {height:,} pixels", name=name, width=width, height=height)
            if width
            else tr("{name} picture", name=name)
        )
    known = next((magic.name for magic in formats(head, FILES)), None)
    return _elf(head) if known == "ELF" else known


def _elf(head: bytes) -> str:
    if len(head) < 20:
        return "ELF"
    order = ">" if head[5] == 2 else "<"
    kind, machine = struct.unpack_from(order + "HH", head, 16)
    bits = "64-bit" if head[4] == 2 else "32-bit"
    return tr(
        "ELF {bits} {elf_kinds}, {elf_machines}",
        bits=bits,
        elf_kinds=_ELF_KINDS.get(kind, tr("file")),
        elf_machines=_ELF_MACHINES.get(machine, tr("machine {machine}", machine=machine)),
    )


def picture_of(head: bytes) -> tuple[str, int, int] | None:
    """A picture's format, width and height; 0 if the given bytes do not contain them."""
    for magic in formats(head, PICTURES):
        try:
            measured = _MEASURES[magic.name](head)
        except (struct.error, IndexError):
            measured = (0, 0)
        return None if measured is None else (magic.name, *measured)
    return None


def _png(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _bmp(head: bytes) -> tuple[int, int] | None:
    # Many texts begin with "BM"; a real bitmap has one of few sizes of its own header.
    if struct.unpack_from("<I", head, 14)[0] not in (12, 40, 52, 56, 64, 108, 124):
        return None
    width, height = struct.unpack_from("<ii", head, 18)
    return width, abs(height)


def _ico(head: bytes) -> tuple[int, int]:
    return head[6] or 256, head[7] or 256


def _jpeg(head: bytes) -> tuple[int, int]:
    """Follow the segments to the frame header; those before it may be long (thumbnails, profiles)."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            break
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", head, at + 2)[0]
    return 0, 0


def _webp(head: bytes) -> tuple[int, int] | None:
    if head[8:12] != b"WEBP":
        return None
    chunk = head[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if chunk == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


_MEASURES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "PNG": _png,
    "GIF": _gif,
    "JPEG": _jpeg,
    "WebP": _webp,
    "BMP": _bmp,
    "ICO": _ico,
}
