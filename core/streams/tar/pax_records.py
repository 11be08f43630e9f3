"""PAX records, and the three formats in which GNU tar uses them for sparse files.

POSIX pax: ``LENGTH KEYWORD=VALUE`` and a newline; the length counts all of it. Keywords and values are bytes here,
because names in tars need not be UTF-8.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Records = dict[bytes, bytes]
SparseMap = tuple[tuple[int, int], ...]

# In every sparse format the map ends up under these two.
SPARSE_MAP = b"GNU.sparse.map"
SPARSE_SIZE = b"GNU.sparse.size"
SPARSE_NAME = b"GNU.sparse.name"

_XATTR = b"SCHILY.xattr."
_XATTR_BASE64 = b"LIBARCHIVE.xattr."
MOST_PIECES = 1 << 20
# Bytes of memory: per record besides keyword and value, and per piece for each byte of its shortest text.
_RECORD, _PIECE = 100, 25
_KNOWN = frozenset((b"path", b"linkpath", b"size", b"uid", b"gid", b"uname", b"gname", b"mtime"))
_KNOWN_PREFIXES = (_XATTR, _XATTR_BASE64, b"GNU.sparse.")
_TIME = re.compile(rb"\s*([+-]?)(\d{0,20})(?:\.(\d*))?\s*")


def parse_records(body: bytes) -> Records:
    """Parse the body of an extended header. Raises Damaged for an invalid record."""
    records: Records = {}
    pieces: list[bytes] = []  # of the sparse format 0.0, which repeats keywords
    at, end = 0, len(body)
    while at < end:
        if body[at] == 0:
            break  # padding that some writers count as part of the body
        blank = body.find(b" ", at, at + 20)
        try:
            length = int(body[at:blank]) if blank > 0 else 0
        except ValueError:
            length = 0
        record = body[at : at + length]
        if length <= blank - at + 1 or not record.endswith(b"\n") or len(record) != length:
            raise Damaged(tr("an extended header of a tar has a record that is none, at its byte {at}", at=at))
        key, equals, value = record[blank - at + 1 : -1].partition(b"=")
        if not equals:
            raise Damaged(tr("an extended header of a tar has a record without '='"))
        if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            pieces.append(value)
        else:
            records[key] = value
        at += length
    if pieces:
        records[SPARSE_MAP] = b",".join(pieces)
    return records


def with_meaning(records: Records) -> Records:
    """The records with a meaning here; there may be a million unknown ones."""
    return {key: value for key, value in records.items() if key in _KNOWN or key.startswith(_KNOWN_PREFIXES)}


def weight(records: Records) -> int:
    """About how many bytes of memory the records take."""
    held = sum(map(len, records)) + sum(map(len, records.values()))
    return held + _RECORD * len(records) + _PIECE * len(records.get(SPARSE_MAP, b""))


def format_records(records: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The body of an extended header; hdrcharset comes first if a value is not UTF-8."""
    lines = []
    binary = False
    for key, value in records:
        rest = b" %b=%b\n" % (key, value)
        length = len(rest) + len(str(len(rest)))
        # The length includes its own digits, which may add one digit.
        length = len(rest) + len(str(length))
        lines.append(b"%d%b" % (length, rest))
        binary = binary or (not key.startswith(_XATTR) and not _is_utf8(value))
    return b"".join(([b"21 hdrcharset=BINARY\n"] if binary else []) + lines)


def parse_time(text: bytes) -> tuple[int, int] | None:
    """The seconds of a decimal number, rounded down, and its nanoseconds; None if it is not a number."""
    match = _TIME.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        try:
            seconds = float(text)
            return int(seconds // 1), int(seconds % 1 * 10**9)
        except (ValueError, OverflowError):
            return None
    nanoseconds = int((match[3] or b"")[:9].ljust(9, b"0"))
    total = int(match[2] or 0) * 10**9 + nanoseconds
    return divmod(-total if match[1] == b"-" else total, 10**9)


def format_time(seconds: int, nanoseconds: int) -> bytes:
    """A decimal number without trailing zeros."""
    total = seconds * 10**9 + nanoseconds
    whole, fraction = divmod(abs(total), 10**9)
    text = f"{'-' if total < 0 else ''}{whole}"
    return (f"{text}.{fraction:09d}".rstrip("0") if fraction else text).encode()


def xattrs_of(records: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """The extended attributes among the records; SCHILY (plain) overrides LIBARCHIVE (encoded). Raises Damaged."""
    found: dict[str, bytes] = {}
    for key, value in records.items():
        if key.startswith(_XATTR):
            found[key[len(_XATTR) :].decode("utf-8", "surrogateescape")] = value
    for key, value in records.items():
        if key.startswith(_XATTR_BASE64):
            name = unquote_to_bytes(key[len(_XATTR_BASE64) :]).decode("utf-8", "surrogateescape")
            if name not in found:
                try:
                    # Its writer drops the '=' padding of base64.
                    found[name] = binascii.a2b_base64(value + b"=" * (-len(value) % 4))
                except binascii.Error:
                    raise Damaged(tr("the extended attribute {name!r} in a tar is not base64", name=name)) from None
    if any("\0" in name for name in found):
        # Some readers would stop at the NUL, others not.
        raise Damaged(tr("an extended attribute in a tar has a NUL in its name"))
    return found


def xattr_record(name: str, value: bytes) -> tuple[bytes, bytes]:
    """One extended attribute as a record."""
    key = name.encode("utf-8", "surrogateescape")
    if b"=" in key:
        # A keyword ends at its first '=', so only the encoded form can have this name.
        return _XATTR_BASE64 + quote(key).encode(), binascii.b2a_base64(value, newline=False).rstrip(b"=")
    return _XATTR + key, value


def sparse_map(records: Mapping[bytes, bytes], stored: int) -> tuple[SparseMap, int] | None:
    """The pieces (offset, length) of a sparse file and its real size; None if the file is not sparse.

    Raises Damaged.
    """
    text = records.get(SPARSE_MAP)
    if text is None:
        return None
    try:
        numbers = [int(number) for number in text.split(b",")] if text else []
        size = int(records.get(SPARSE_SIZE, b""))
    except ValueError:
        raise Damaged(tr("a sparse file in a tar has a map that cannot be read")) from None
    pieces = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    end = 0
    for offset, length in pieces:
        if offset < end or length < 0:
            raise Damaged(tr("a sparse file in a tar has pieces that overlap"))
        end = offset + length
    if len(numbers) % 2 or end > size or sum(length for _, length in pieces) > stored:
        raise Damaged(tr("a sparse file in a tar has a map that does not fit its size"))
    return pieces, size


def map_text(numbers: list[int]) -> bytes:
    """Offsets and lengths as the value of ``GNU.sparse.map``."""
    return b",".join(b"%d" % number for number in numbers)


def is_sparse_1_0(records: Mapping[bytes, bytes]) -> bool:
    """Whether the map is at the head of the body."""
    return records.get(b"GNU.sparse.major") == b"1" and records.get(b"GNU.sparse.minor") == b"0"


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
