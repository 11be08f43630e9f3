"""The members of an ar archive, as Debian packages and static libraries are: ar(5), with long names of GNU and BSD."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from layertui.core.errors import Damaged, Truncated
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"!<arch>\n"

_HEADER = 60
_END = b"`\n"
_LONGEST = 1 << 20  # bytes of the table of long names
_INDEXES = (b"/", b"/SYM64/", b"__.SYMDEF", b"__.SYMDEF SORTED")


class ArMember(NamedTuple):
    """One member: its name, where its content begins, and how many bytes it has."""

    name: bytes
    offset: int
    size: int
    mode: int
    mtime: int


def ar_members(stream: BinaryIO, size: int) -> Iterator[ArMember]:
    """The members of an archive of `size` bytes, without its index of symbols. Raises Damaged and Truncated where it breaks off."""
    at, names = len(MAGIC), b""
    while at < size:
        stream.seek(at)
        header = read_fully(stream.read, _HEADER)
        if len(header) < _HEADER:
            raise Truncated(tr("the ar archive is cut off inside a header"))
        if header[58:] != _END:
            raise Damaged(tr("the ar archive has no header where one belongs, at byte {at}", at=at))
        name, body = header[:16].rstrip(b" "), at + _HEADER
        length = _number(header[48:58], 10)
        if body + length > size:
            raise Truncated(tr("the ar archive is cut off inside a file"))
        at = body + length + length % 2
        if name == b"//":
            names = read_fully(stream.read, min(length, _LONGEST))
            continue
        if name in _INDEXES:
            continue
        if name.startswith(b"#1/"):
            prefix = min(_number(name[3:], 10), length)
            name = read_fully(stream.read, min(prefix, _LONGEST)).rstrip(b"\0")
            body, length = body + prefix, length - prefix
        elif name.startswith(b"/"):
            name = names[_number(name[1:], 10) :].partition(b"\n")[0]
        yield ArMember(name.removesuffix(b"/"), body, length, _number(header[40:48], 8), _number(header[16:28], 10))


def _number(field: bytes, base: int) -> int:
    try:
        value = int(field.strip() or b"0", base)
    except ValueError:
        value = -1
    if value < 0:
        raise Damaged(tr("a header of the ar archive has {field!r} where a number belongs", field=field))
    return value
