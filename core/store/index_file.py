"""index.json (image-spec image-index.md): read again only if replaced, parsed only when its entries are needed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from layertui.core.errors import Damaged, StorageError, storage_error
from layertui.core.fs.file_window import read_small
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest, digest_of
from layertui.core.oci.manifest import Index

_MOMENT = 0.05  # seconds to wait for another tool that is writing an index
_YOUNG = 100_000_000  # nanoseconds in which a file may change twice without a new time


class IndexSnapshot:
    """The content of index.json at one moment; without a store it is empty."""

    def __init__(self, path: Path, content: bytes | None) -> None:
        self._path, self._content = path, content

    @cached_property
    def digest(self) -> Digest | None:
        """The digest of the file; None if there is none."""
        return None if self._content is None else digest_of(self._content)

    @cached_property
    def index(self) -> Index:
        """The parsed index. Raises Damaged, LimitExceeded."""
        if self._content is None:
            return Index(())
        try:
            return Index.from_bytes(self._content)
        except Damaged as error:
            damaged = tr("this folder is no store, or a damaged one, which `layertui fsck --repair` mends")
            raise Damaged(f"{self._path}: {error}; {damaged}") from error


class IndexFile:
    """The index of one store."""

    def __init__(self, path: Path, is_there: Callable[[], bool]) -> None:
        """`is_there` returns whether the store has content: then a missing index is an error."""
        self._path, self._is_there = path, is_there
        self._last: tuple[tuple[int, ...], IndexSnapshot] | None = None

    def read(self) -> IndexSnapshot:
        """Read the index. Raises Damaged, StorageError."""
        before = self._identity()
        last = self._last  # once, since other threads read too
        if last is not None and last[0] == before:
            return last[1]
        snapshot = IndexSnapshot(self._path, self._content())
        # A file that changed a moment ago could change again without a new time.
        is_old = before and max(before[-2:]) < time.time_ns() - _YOUNG
        self._last = (before, snapshot) if is_old and before == self._identity() else None
        return snapshot

    def parsed(self, known: Digest | None = None) -> IndexSnapshot:
        """Read the index, and parse it unless its digest is `known`. Raises Damaged, StorageError.

        Other tools, such as skopeo, write into the file instead of renaming: an invalid one is read a second time.
        """
        try:
            return _parse(self.read(), known)
        except Damaged:
            self._last = None
            time.sleep(_MOMENT)
            return _parse(self.read(), known)

    def _identity(self) -> tuple[int, ...]:
        """Changes whenever the file changes; empty if there is none. The times come last."""
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
            if self._path.exists():  # the first image was added meanwhile: its index is written before any blob
                return self._content()
            if os.path.lexists(self._path):
                raise storage_error(error, self._path) from error
            lost = tr(
                "{path}: is lost, and there are images; `layertui fsck --repair` lists them again", path=self._path
            )
            raise Damaged(lost) from None
        except OSError as error:
            raise storage_error(error, self._path) from error


def require_folder(path: Path) -> None:
    """Raise StorageError if the store's path is something else than a folder."""
    if path.exists() and not path.is_dir():
        raise StorageError(tr("{path}: is not a folder; choose another one with --store", path=path))


def _parse(snapshot: IndexSnapshot, known: Digest | None) -> IndexSnapshot:
    if known is None or snapshot.digest != known:
        snapshot.index  # noqa: B018  (asked for here, so that what cannot be read shows here)
    return snapshot
