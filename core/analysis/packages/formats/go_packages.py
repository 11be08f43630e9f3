"""Modules of Go: the build information in an executable, as `go version -m` prints it.

An ELF file has it near the begin of what stays writable, at an address that is a multiple of 16 (Go's debug/buildinfo). It is read
forward: program headers, then the writable segments up to the information, and never more than `_FURTHEST` of each. Constants with
addresses in them, which only the loader writes, lie before it: in a segment of their own, or in the same one if the C compiler linked
the program. They are passed over. Before Go 1.18 it was two addresses.
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
_FURTHEST = 16 << 20  # bytes; what lies before is little
_ALIGNED = 16
_CHUNK = 1 << 18
_LONGEST = 1 << 22  # bytes of the text; Kubernetes has 20 KB
_MOST_HEADERS = 100  # program headers
_LOAD, _RELRO, _EXECUTABLE, _WRITABLE = 1, 0x6474E552, 1, 2
_MOST_SEGMENTS = 4  # writable ones, of which a program has one or two
_LARGEST = 1 << 62  # offsets that can be sought
_FRAME = 16  # bytes before and after the modules that mark them


def go_packages(stream: BinaryIO, path: str) -> Iterator[RecordedPackage]:
    """The main module, Go itself and the modules that are built in; nothing for another executable. Raises Damaged for cut off ones."""
    for start, size in _writable(stream):
        found = _information(stream, start, size)
        if found is not None:
            break
    else:
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


def _writable(stream: BinaryIO) -> list[tuple[int, int]]:
    """Where an ELF file has what its program may write, and how many bytes; from the first address on at which the information may be."""
    head = read_fully(stream.read, 64)
    if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        return []
    order, wide = "<>"[head[5] - 1], head[4] == 2
    at, size, count = (
        *struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28),
        *struct.unpack_from(order + "HH", head, 54 if wide else 42),
    )
    if size != (56 if wide else 32) or not 0 < count <= _MOST_HEADERS or at > _FURTHEST:
        return []
    stream.seek(at)
    table = read_fully(stream.read, size * count)
    segments: list[tuple[int, int, int]] = []
    constants = range(0)
    for start in range(0, len(table) - size + 1, size):
        if wide:
            kind, flags, offset, address, _, stored, held = struct.unpack_from(order + "IIQQQQQ", table, start)
        else:
            kind, offset, address, _, stored, held, flags = struct.unpack_from(order + "IIIIIII", table, start)
        if kind == _RELRO:
            constants = range(address, address + held)
        elif kind == _LOAD and flags & (_EXECUTABLE | _WRITABLE) == _WRITABLE:
            segments.append((offset, address, stored))
    found: list[tuple[int, int]] = []
    read = 0
    for offset, address, stored in sorted(segments)[:_MOST_SEGMENTS]:
        begin = constants.stop if address in constants else address
        passed = begin + -begin % _ALIGNED - address
        if passed < stored and read <= offset and offset + passed < _LARGEST:
            found.append((offset + passed, stored - passed))
            read = offset + stored
    return found


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
        before = max(len(held) - len(held) % _ALIGNED - _ALIGNED, 0)
    return None


def _aligned(held: bytes) -> int:
    at = held.find(_MAGIC)
    while at > 0 and at % _ALIGNED:
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
