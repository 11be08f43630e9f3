"""Reads a bolt database, the file in which containerd keeps which image is where: a B+tree of pages, buckets in buckets.

The writer never changes a page that the last transaction uses. So the file is read without its lock, which containerd holds as long as it
runs; if another transaction has been written meanwhile, what was read may be of two, and is read again.
"""

from __future__ import annotations

import os
import struct
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from layertui.core.bounds import check
from layertui.core.errors import Damaged, StorageError, as_storage_error
from layertui.core.fs.file_window import files_only
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Found = TypeVar("Found")

_MAGIC, _VERSION = 0xED0CDAED, 2
_META = Struct("<IIIIQQQQQQ")  # magic, version, page size, flags, root, sequence, free list, end, transaction, checksum
_PAGE = Struct("<QHHI")  # number, kind, count, pages that follow and belong to it
_BRANCH_ITEM = Struct("<IIQ")  # where its key is, length of the key, page
_LEAF_ITEM = Struct("<IIII")  # kind, where its key is, length of the key, length of the value
_BUCKET = Struct("<QQ")  # root page, or 0 where the page is in the value; sequence
_BRANCH, _LEAF = 1, 2
_IS_BUCKET = 1
_PAGE_SIZES = [1 << bits for bits in range(9, 17)]
_DEEPEST = 32  # pages from the root of a bucket to a leaf: a full tree would be larger than any disk
_ATTEMPTS = 10


def read_bolt(path: Path, look: Callable[[Bucket], Found]) -> Found:
    """What `look` finds in the root bucket, all of it of one transaction.

    Raises StorageError where the file cannot be read or changes all the time, Damaged where it is no such file, LimitExceeded for more
    than `Bounds.documents` bytes of pages.
    """
    with as_storage_error(path), open(path, "rb", buffering=0, opener=files_only) as file:
        for _ in range(_ATTEMPTS):
            meta = _meta(file.fileno(), path)
            try:
                found = look(Bucket(_Pages(file.fileno(), meta.page_size, path), meta.root))
            except Damaged:
                if _meta(file.fileno(), path).transaction == meta.transaction:
                    raise
                continue
            if _meta(file.fileno(), path).transaction == meta.transaction:
                return found
    raise StorageError(tr("{path} is written to all the time; try again", path=path))


class Bucket:
    """Keys in order, each with a value or a bucket."""

    def __init__(self, pages: _Pages, root: int, inline: bytes = b"") -> None:
        self._pages, self._root, self._inline = pages, root, inline

    def items(self) -> Iterator[tuple[bytes, bytes | Bucket]]:
        """Every key with its value. Raises Damaged."""
        return self._below(self._inline or self._pages.read(self._root), 0)

    def value(self, key: bytes) -> bytes:
        """The value of a key; empty where there is none. Raises Damaged."""
        return next((found for name, found in self.items() if name == key and isinstance(found, bytes)), b"")

    def bucket(self, key: bytes) -> Bucket | None:
        """The bucket of a key; None where there is none. Raises Damaged."""
        return next((found for name, found in self.items() if name == key and isinstance(found, Bucket)), None)

    def _below(self, page: bytes, depth: int) -> Iterator[tuple[bytes, bytes | Bucket]]:
        _, kind, count, _ = self._pages.unpack(_PAGE, page, 0)
        if kind == _LEAF:
            left = len(page)  # else the items of one page could lie over each other, and be as many times its size
            for at in range(_PAGE.size, _PAGE.size + count * _LEAF_ITEM.size, _LEAF_ITEM.size):
                flags, start, key_size, size = self._pages.unpack(_LEAF_ITEM, page, at)
                left -= key_size + size
                if left < 0:
                    raise self._pages.damaged()
                key = self._pages.piece(page, at + start, key_size)
                value = self._pages.piece(page, at + start + key_size, size)
                yield key, self._inner(value) if flags & _IS_BUCKET else value
        elif kind == _BRANCH and depth < _DEEPEST and page is not self._inline:
            for at in range(_PAGE.size, _PAGE.size + count * _BRANCH_ITEM.size, _BRANCH_ITEM.size):
                below = self._pages.unpack(_BRANCH_ITEM, page, at)[2]
                yield from self._below(self._pages.read(below), depth + 1)
        else:
            raise self._pages.damaged()

    def _inner(self, value: bytes) -> Bucket:
        root = self._pages.unpack(_BUCKET, value, 0)[0]
        return Bucket(self._pages, root, b"" if root else value[_BUCKET.size :])


class _Meta(NamedTuple):
    page_size: int
    root: int
    transaction: int


class _Pages:
    """The pages of one look, which may read so many bytes and no more: pages that lead to each other would have no end."""

    def __init__(self, fd: int, page_size: int, path: Path) -> None:
        self._fd, self._page_size, self._path = fd, page_size, path
        self._read = 0

    def read(self, number: int) -> bytes:
        """A page with those that belong to it. Raises Damaged, LimitExceeded."""
        head = self._at(number, _PAGE.size)
        own, _, _, more = self.unpack(_PAGE, head, 0)
        size = (more + 1) * self._page_size
        self._read += size
        check(
            "documents",
            self._read,
            tr("{path}: more than {read:,} bytes of pages are in use", path=self._path, read=self._read),
        )
        page = self._at(number, size)
        if own != number or len(page) != size:
            raise self.damaged()
        return page

    def unpack(self, form: Struct, page: bytes, at: int) -> tuple[int, ...]:
        """The numbers at a position. Raises Damaged."""
        try:
            return form.unpack_from(page, at)
        except struct.error:
            raise self.damaged() from None

    def piece(self, page: bytes, start: int, size: int) -> bytes:
        """Some bytes of a page. Raises Damaged."""
        found = page[start : start + size]
        if len(found) != size:
            raise self.damaged()
        return found

    def damaged(self) -> Damaged:
        """The error of a page that is none."""
        return Damaged(tr("{path} is damaged: one of its pages cannot be read", path=self._path))

    def _at(self, number: int, size: int) -> bytes:
        try:
            return os.pread(self._fd, size, number * self._page_size)
        except OverflowError:  # a number that is no position in any file
            raise self.damaged() from None


def _meta(fd: int, path: Path) -> _Meta:
    """The newer one of the two first pages that is whole: the other one may just be written."""
    metas = [_meta_at(fd, at) for at in (0, *_PAGE_SIZES)]
    whole = [found for found in metas if found is not None]
    if not whole:
        raise Damaged(tr("{path} is not a database of containerd, or it is damaged", path=path))
    return max(whole, key=lambda found: found.transaction)


def _meta_at(fd: int, position: int) -> _Meta | None:
    page = os.pread(fd, _PAGE.size + _META.size, position)[_PAGE.size :]
    if len(page) != _META.size:
        return None
    magic, version, page_size, _, root, _, _, _, transaction, checksum = _META.unpack(page)
    is_whole = (magic, version) == (_MAGIC, _VERSION) and checksum == _fnv(page[:-8])
    if not is_whole or page_size not in _PAGE_SIZES or position not in (0, page_size):
        return None
    return _Meta(page_size, root, transaction)


def _fnv(content: bytes) -> int:
    """The 64-bit FNV-1a hash."""
    found = 0xCBF29CE484222325
    for byte in content:
        found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return found
