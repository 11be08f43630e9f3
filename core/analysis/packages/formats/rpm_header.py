"""Reads an rpm header, which is what rpm's databases hold of each package: numbered tags, their values in one store.

The format is in rpm's docs/manual/format_header.md: two counts, an index of 16 bytes a tag, and the store.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.analysis.packages.package import Package, RecordedPackage, field_text, key_lines
from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Damaged, UnsafePath
from layertui.core.language.texts import tr
from layertui.core.layers.table.path_keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.packages.package import Key

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE = 1000, 1001, 1002, 1003, 1022, 1044
_FLAGS = 1037
_FOLDER_OF, _BASENAMES, _FOLDERS, _OLD_NAMES = 1116, 1117, 1118, 1027
_WANTED = frozenset(
    (_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE, _FLAGS, _FOLDER_OF, _BASENAMES, _FOLDERS, _OLD_NAMES)
)
_GHOST = 1 << 6  # a file that the package names and does not have
_NO_NAME = "gpg-pubkey"  # keys that are trusted are kept as if they were packages
_MOST_TAGS = 1 << 16
_SOURCE_NAME = 3  # parts of NAME-VERSION-RELEASE.src.rpm


def rpm_package(header: bytes, path: str) -> Iterator[RecordedPackage]:
    """The package of one header, and its files. Raises Damaged and LimitExceeded."""
    values = _Values(header)
    name, version, release, arch, source = (values.text(tag) for tag in (_NAME, _VERSION, _RELEASE, _ARCH, _SOURCE))
    if not name or name == _NO_NAME:
        return
    epoch = next(iter(values.numbers(_EPOCH)), 0)
    version = (f"{epoch}:" if epoch else "") + "-".join(filter(None, (version, release)))
    parts = source.removesuffix(".rpm").rpartition(".")[0].rsplit("-", 2)
    source = parts[0] if len(parts) == _SOURCE_NAME and parts[0] != name else ""
    yield RecordedPackage(Package("rpm", name, version, arch, source, path), key_lines(_files(values)))


def _files(values: _Values) -> Iterator[Key]:
    folders = [_folder(path) for path in values.texts(_FOLDERS)]
    names = values.texts(_BASENAMES) or values.texts(_OLD_NAMES)
    folder_of = values.numbers(_FOLDER_OF)
    flags = values.numbers(_FLAGS)
    for at, name in enumerate(names):
        if at < len(flags) and flags[at] & _GHOST:
            continue
        number = folder_of[at] if at < len(folder_of) else -1
        folder = folders[number] if 0 <= number < len(folders) else b""
        if b"/" in name:  # in a header of rpm 3, which has whole paths
            yield from _key(name)
        else:
            yield folder + name


def _folder(path: bytes) -> bytes:
    """What the key of a file in a folder begins with."""
    return b"".join(key + b"\0" for key in _key(path) if key)


def _key(path: bytes) -> Iterator[Key]:
    if len(path) <= bounds().path:
        with suppress(UnsafePath):
            yield normalize(path)


class _Values:
    """The values of the tags of one header."""

    def __init__(self, header: bytes) -> None:
        if len(header) < 8:
            raise Damaged(tr("an rpm header is cut off"))
        count, size = struct.unpack_from(">II", header)
        start = 8 + 16 * count
        if count > _MOST_TAGS or start + size > len(header):
            raise Damaged(tr("an rpm header is cut off"))
        self._store = header[start : start + size]
        self._index: dict[int, tuple[int, int]] = {}
        most = bounds().entries
        for tag, _, offset, items in struct.iter_unpack(">IIII", header[8:start]):
            if tag in _WANTED and offset < size:
                if items > most:
                    raise exceeded("entries", tr("an rpm header lists {items:,} files", items=items))
                self._index[tag] = offset, items

    def text(self, tag: int) -> str:
        """The first text of a tag."""
        return field_text(next(iter(self.texts(tag, 1)), b""))

    def texts(self, tag: int, most: int = 1 << 30) -> list[bytes]:
        """The texts of a tag, each of which ends with NUL."""
        offset, items = self._index.get(tag, (0, 0))
        end = offset
        for _ in range(min(items, most)):
            end = self._store.find(b"\0", end) + 1
            if not end:
                raise Damaged(tr("the texts of an rpm header are cut off"))
        return self._store[offset : end - 1].split(b"\0") if end > offset else []

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The 32-bit numbers of a tag."""
        offset, items = self._index.get(tag, (0, 0))
        if offset + 4 * items > len(self._store):
            raise Damaged(tr("the numbers of an rpm header are cut off"))
        return struct.unpack_from(f">{items}I", self._store, offset)
