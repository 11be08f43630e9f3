"""index.json (image-spec image-index.md): read again only if replaced, parsed only when its entries are needed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from layertui.core.errors import Damaged, StorageError, storage_error
from layertui.core.fs.file_window import read_small
from layertui.core.oci.digest import Digest, digest_of
from layertui.core.oci.manifest import Index

_MOMENT = 0.05  # seconds in which another tool has written an index
_YOUNG = 100_000_000  # nanoseconds in which a file may change twice and have the same time


class IndexSnapshot:
    """What index.json held at one moment; without a store it lists nothing."""

    def __init__(self, path: Path, content: bytes | None) -> None:
        self._path, self._content = path, content

    @cached_property
    def digest(self) -> Digest | None:
        """The digest of the file; None where there is none."""
        return None if self._content is None else digest_of(self._content)

    @cached_property
    def index(self) -> Index:
        """What it lists. Damaged where it cannot be read."""
        if self._content is None:
            return Index(())
        try:
            return Index.from_bytes(self._content)
        except Damaged as error:
            damaged = "this folder is no store, or a damaged one, which `layertui fsck --repair` mends"
            raise Damaged(f"{self._path}: {error}; {damaged}") from error


class IndexFile:
    """The index of one store."""

    def __init__(self, path: Path, is_there: Callable[[], bool]) -> None:
        """`is_there` tells whether anything was ever put into the store: then an index that is missing is lost."""
        self._path, self._is_there = path, is_there
        self._last: tuple[tuple[int, ...], IndexSnapshot] | None = None

    def read(self) -> IndexSnapshot:
        """What it holds now."""
        before = self._identity()
        last = self._last  # once, since other threads read too
        if last is not None and last[0] == before:
            return last[1]
        snapshot = IndexSnapshot(self._path, self._content())
        # What has changed a moment ago could change again and look the same.
        is_old = before and max(before[-2:]) < time.time_ns() - _YOUNG
        self._last = (before, snapshot) if is_old and before == self._identity() else None
        return snapshot

    def parsed(self, known: Digest | None = None) -> IndexSnapshot:
        """What it holds now, parsed unless its digest is `known`.

        Other tools, such as skopeo, do not rename theirs to its place but write into it: what cannot be read is read once more.
        """
        try:
            return _parse(self.read(), known)
        except Damaged:
            self._last = None
            time.sleep(_MOMENT)
            return _parse(self.read(), known)

    def _identity(self) -> tuple[int, ...]:
        """The same as long as the file is; empty where there is none. The times come last."""
        try:
            found = os.stat(self._path)
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _content(self) -> bytes | None:
        try:
            return read_small(self._path)
        except (FileNotFoundError, NotADirectoryError) as error:
            if not self._is_there():
                require_folder(self._path.parent)
                return None
            if self._path.exists():  # the first image came while we looked: its index is there before any blob
                return self._content()
            if os.path.lexists(self._path):
                raise storage_error(error, self._path) from error
            lost = f"{self._path}: is lost, and there are images; `layertui fsck --repair` lists them anew"
            raise Damaged(lost) from None
        except OSError as error:
            raise storage_error(error, self._path) from error


def require_folder(path: Path) -> None:
    """StorageError where something else lies in the place of a store."""
    if path.exists() and not path.is_dir():
        raise StorageError(f"{path}: is not a folder; choose another one with --store")


def _parse(snapshot: IndexSnapshot, known: Digest | None) -> IndexSnapshot:
    if known is None or snapshot.digest != known:
        snapshot.index  # noqa: B018  (asked for here, so that what cannot be read shows here)
    return snapshot
