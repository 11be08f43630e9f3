"""Modules of Go: the build information in an executable, as `go version -m` prints it.

An ELF file has it at the begin of its writable segment, at a multiple of 16 bytes (Go's debug/buildinfo). It is read forward: program
headers, then that segment up to the information, and never more than `_FURTHEST` of it. Before Go 1.18 it was two addresses.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.analysis.packages.formats.stanzas import lines
from layertui.core.analysis.packages.package import Package, RecordedPackage, field_text
from layertui.core.errors import Damaged
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST = 500_000
"""Bytes: an executable of Go is larger, whatever it does, as the runtime is in it."""

_MAGIC = b"\xff Go buildinf:"
_HEAD = 32
_INLINE = 2  # the flag of Go 1.18: both texts follow, each after its length
_FURTHEST = 16 << 20  # bytes; what lies before are relocated constants
_CHUNK = 1 << 18
_LONGEST = 1 << 22  # bytes of the text; Kubernetes has 20 KB
_MOST_HEADERS = 100  # program headers
_LOAD, _EXECUTABLE, _WRITABLE = 1, 1, 2
_FRAME = 16  # bytes before and after the modules that mark them


def go_packages(stream: BinaryIO, path: str) -> Iterator[RecordedPackage]:
    """The main module, Go itself and the modules that are built in; nothing for another executable. Raises Damaged for cut off ones."""
    start = _data_segment(stream)
    if start is None:
        return
    found = _information(stream, *start)
    if found is None:
        return
    version, modules = found
    main: Package | None = None
    built_in: list[Package] = []
    for line in lines(modules):
        cells = line.split(b"\t")
        if len(cells) < 2:
            continue
        module = Package("go", field_text(cells[1]), field_text(cells[2]) if len(cells) > 2 else "", database=path)
        if cells[0] == b"mod":
            main = module
        elif cells[0] == b"dep":
            built_in.append(module)
        elif cells[0] == b"=>" and built_in:  # built with this instead
            built_in[-1] = module
        elif cells[0] == b"path" and main is None:  # the command; a build without modules has no more
            main = Package("go", field_text(cells[1]), "", database=path)
    go = Package("go", "stdlib", field_text(version).removeprefix("go"), database=path)
    if main is None:  # no program is without one; then the file is of Go's own
        yield RecordedPackage(go)
        return
    yield RecordedPackage(main)
    for package in (go, *built_in):
        yield RecordedPackage(replace(package, built_in=True))


def _data_segment(stream: BinaryIO) -> tuple[int, int] | None:
    """Where the first writable segment of an ELF file begins, and its bytes."""
    head = read_fully(stream.read, 64)
    if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    order, wide = "<>"[head[5] - 1], head[4] == 2
    at, size, count = (
        *struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28),
        *struct.unpack_from(order + "HH", head, 54 if wide else 42),
    )
    if size != (56 if wide else 32) or not 0 < count <= _MOST_HEADERS or at > _FURTHEST:
        return None
    stream.seek(at)
    table = read_fully(stream.read, size * count)
    for start in range(0, len(table) - size + 1, size):
        if wide:
            kind, flags, offset, _, _, stored = struct.unpack_from(order + "IIQQQQ", table, start)
        else:
            kind, offset, _, _, stored, _, flags = struct.unpack_from(order + "IIIIIII", table, start)
        if kind == _LOAD and flags & (_EXECUTABLE | _WRITABLE) == _WRITABLE and offset < 1 << 62:
            return offset, stored
    return None


def _information(stream: BinaryIO, start: int, size: int) -> tuple[bytes, bytes] | None:
    """The version of Go and the lines about modules; None if there are none."""
    stream.seek(start)
    held, before = b"", 0  # the last chunk's end, so that nothing is missed between two
    left = min(size, _FURTHEST)
    while left > 0:
        chunk = read_fully(stream.read, min(left, _CHUNK))
        if not chunk:
            return None
        left -= len(chunk)
        held = held[before:] + chunk
        at = _aligned(held)
        if at >= 0:
            return _texts(held[at:] + read_fully(stream.read, min(left, _LONGEST)))
        before = max(len(held) - len(held) % 16 - 16, 0)
    return None


def _aligned(held: bytes) -> int:
    at = held.find(_MAGIC)
    while at > 0 and at % 16:
        at = held.find(_MAGIC, at + 1)
    return at


def _texts(found: bytes) -> tuple[bytes, bytes] | None:
    """Both texts of build information that begins here."""
    if len(found) < _HEAD or not found[15] & _INLINE:
        return None
    version, at = _counted(found, _HEAD)
    modules, _ = _counted(found, at)
    framed = len(modules) > 2 * _FRAME and modules[-_FRAME - 1 : -_FRAME] == b"\n"
    return version, modules[_FRAME:-_FRAME] if framed else b""


def _counted(found: bytes, at: int) -> tuple[bytes, int]:
    """Bytes after their number, which is a varint of seven bits a byte."""
    size = shift = 0
    while True:
        if at >= len(found) or shift > 28:
            raise Damaged(tr("the build information of Go is cut off"))
        size |= (found[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if found[at - 1] < 128:
            break
    if at + size > len(found):
        raise Damaged(tr("the build information of Go is cut off"))
    return found[at : at + size], at + size
