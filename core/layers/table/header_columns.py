"""Decodes many tar headers at once, as numpy columns: names, numbers, checksums.

A batch is an array with one header block a row. Fields as in POSIX pax, "ustar Interchange Format".
"""

from collections.abc import Container

import numpy as np

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import Column
from layertui.core.streams.tar.tar_contents import checksum_ok, number

_MOSTLY_EMPTY = 44  # words of eight bytes: what follows them is the end of a prefix
_DOT, _SLASH = ord("."), ord("/")
_THREE_ZEROS = np.uint64(0x303030 << 40)
_ONE_ZERO = np.uint64(0x30 << 56)


def keys(fields: Column) -> tuple[list[bytes], Column]:
    """The keys of the name fields of headers, and for which headers they need a closer look (bool).

    ``fields``, here and below: uint8, one row of 512 bytes per header.
    """
    names = fields[:, :100]
    slash, nul = names == _SLASH, names == 0
    bare = names * ~slash
    packed: list[bytes] = (
        bare.view("S100").ravel().tolist()
    )  # numpy drops NULs at the end; a folder's slash is dropped with them
    dot = names == _DOT
    here, then = slice(None, -1), slice(1, None)
    odd = (slash[:, here] & (dot | slash)[:, then]) | (nul[:, here] & ~nul[:, then])
    found: Column = odd.any(axis=1) | (bare[:, 0] == 0) | dot[:, 0] | (fields[:, 345] != 0)
    return packed, found


def numbers(fields: Column, mode: Column, uid: Column, gid: Column, mtime: Column, *, but: Container[int]) -> None:
    """Write mode, uid, gid and mtime into columns of integers; what is not plain octal is parsed one by one, except the rows in ``but``."""
    # Eleven digits are four and seven. All at once, since a numpy call takes as long as a thousand numbers.
    words = np.concatenate([_words(fields[:, 100:124]), _halves(fields, 136)], axis=1)
    values, odd = _octal(words)
    for column, value in zip((mode, uid, gid), values.T[:3], strict=True):
        column[:] = value
    mtime[:] = values[:, 4] << 21 | values[:, 3]
    if odd.any():
        for column, start, rows in zip((mode, uid, gid), (100, 108, 116), odd.T[:3], strict=True):
            _one_by_one(column, fields[:, start : start + 8], rows, but)
        _one_by_one(mtime, fields[:, 136:148], odd[:, 3] | odd[:, 4], but)


def sizes(fields: Column) -> tuple[Column, Column]:
    """The size fields of headers (int64), and which of them are plain octal (bool)."""
    found, odd = _octal(_halves(fields, 124))
    return found[:, 1] << 21 | found[:, 0], ~(odd[:, 0] | odd[:, 1])


def _halves(fields: Column, start: int) -> Column:
    """The last seven digits of fields of eleven digits and a NUL or blank, and the first four, as words."""
    low = _words(fields[:, start + 4 : start + 12])
    return np.concatenate(
        [low, _words(fields[:, start : start + 8]) >> np.uint64(24) & ~np.uint64(0xFF) | _THREE_ZEROS], axis=1
    )


def _one_by_one(column: Column, field: Column, odd: Column, but: Container[int]) -> None:
    for at in np.flatnonzero(odd).tolist():
        if at not in but:
            column[at] = number(field[at].tobytes())


def _words(field: Column) -> Column:
    """Characters, eight per word, the first in the highest byte."""
    return np.ascontiguousarray(field).view(">u8").astype(np.uint64)


def _octal(word: Column) -> tuple[Column, Column]:
    """The numbers in words of seven octal digits and a NUL or blank, and which words are anything else."""
    odd = (word & np.uint64(0xF8F8F8F8F8F8F8DF)) != np.uint64(0x3030303030303000)
    value = word >> np.uint64(8)
    # Neighbours are combined: digits to pairs, pairs to fours, fours to the number.
    for width, mask in ((3, 0x0007000700070007), (6, 0x0000003F0000003F), (12, 0xFFF)):
        apart = np.uint64({3: 8, 6: 16, 12: 32}[width])
        value = value & np.uint64(mask) | (value >> apart & np.uint64(mask)) << np.uint64(width)
    return value.astype(np.int64), odd


def check(fields: Column, keys: list[bytes]) -> None:
    """Raise Damaged where a header's checksum is wrong."""
    field = fields[:, 148:156]
    # Six digits, a NUL and a blank.
    stored, odd = _octal(_words(field)[:, 0] >> np.uint64(8) | _ONE_ZERO)
    # 64-bit words hold four sums of byte pairs at most 64 * 510 each: no carry into the next.
    words = fields.view(np.uint64)
    if not words[:, _MOSTLY_EMPTY:].any():
        words = words[:, :_MOSTLY_EMPTY]
    mask = np.uint64(0x00FF00FF00FF00FF)
    lanes = ((words & mask) + ((words >> np.uint64(8)) & mask)).sum(axis=1, dtype=np.uint64)
    total = sum((lanes >> np.uint64(16 * lane)) & np.uint64(0xFFFF) for lane in range(4))
    total = total.astype(np.int64) - field.sum(axis=1, dtype=np.int64) + 8 * 0x20
    for at in np.flatnonzero(odd | (stored != total)).tolist():
        block = fields[at].tobytes()
        if not checksum_ok(block):
            name = keys[at].replace(b"\0", b"/").decode(errors="backslashreplace")
            raise Damaged(tr("the tar header of {name!r} has a wrong checksum", name=name))
