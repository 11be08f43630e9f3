"""UnpackedTar: the exact tar of a layer, put together of its tar-split file and the folder of its files as it is read."""

from __future__ import annotations

import errno
import os
import stat
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from layertui.core.errors import Damaged, UnsafePath, storage_error
from layertui.core.fs.beneath import parts_of
from layertui.core.fs.dir_fd_cache import DirFdCache
from layertui.core.fs.reader import SeekableReader
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from layertui.core.engines.daemon.local_images.split_headers import SplitHeaders
    from layertui.core.engines.daemon.local_images.tar_split import TarSplit
    from layertui.core.layers.table.header_sweep import HeaderColumns

_BLOCK = 512
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class UnpackedTar(SeekableReader):
    """A tar, read like a file, whose contents lie in a folder.

    A read that begins in headers ends where a file's content would follow, so that looking at headers opens no file. Nothing is verified here: the digest of what is read shows whether the folder has changed.
    """

    def __init__(self, split: Callable[[], TarSplit], folder: Path, source: str | None) -> None:
        """`split` is called when the tar is first read; `folder` has the files. `source` is as BlobSource says."""
        super().__init__()
        self.name = str(folder)
        self.source = source
        self._get_split, self._folder = split, folder
        self._root = -1
        self._folders: DirFdCache | None = None
        self._open, self._fd = -1, -1  # the file that was read last, by its number

    @cached_property
    def _split(self) -> TarSplit:
        return self._get_split()

    @cached_property
    def _headers(self) -> SplitHeaders:
        from layertui.core.engines.daemon.local_images.split_headers import SplitHeaders

        return SplitHeaders(self._split)

    @property
    def content_size(self) -> int:
        """Bytes of all files, which are known without a look at each."""
        return self._split.content_size

    def header_columns(self, start: int) -> Iterator[HeaderColumns]:
        """The ordinary members from the header at `start` on, as `header_sweep.sweep` finds them."""
        return self._headers.columns(start)

    def read(self, size: int | None = -1) -> bytes:
        if self.closed:
            raise ValueError(tr("I/O operation on closed file"))
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        pieces, got = [], 0
        while got < size and (piece := self._piece(size - got)):
            pieces.append(piece)
            got += len(piece)
            self._position += len(piece)
            if got >= _BLOCK and self._at_content():
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        if not self.closed:
            if self._folders is not None:
                self._folders.__exit__()
                os.close(self._root)
            self._close_file()
        super().close()

    def _length(self) -> int:
        return self._split.size

    def _at_content(self) -> bool:
        starts = self._split.starts
        at = bisect_right(starts, self._position) - 1
        return at >= 0 and starts[at] == self._position

    def _piece(self, size: int) -> bytes:
        """Some bytes at the position, of one segment or of one file; none at the end."""
        split, position = self._split, self._position
        at = bisect_right(split.starts, position) - 1
        before = split.ends[at] if at >= 0 else 0
        if at >= 0:
            start = split.starts[at]
            length = before - (split.ends[at - 1] if at else 0)
            if position < start + length:
                return self._content(at, position - start, min(size, start + length - position), length)
        end = split.starts[at + 1] if at + 1 < len(split.starts) else split.size
        return split.segments[position - before : min(position + size, end) - before]

    def _content(self, number: int, offset: int, size: int, length: int) -> bytes:
        if number != self._open:
            self._close_file()
            self._fd = self._opened(number, length)
            self._open = number
        got = os.pread(self._fd, size, offset)
        if not got:
            raise self._changed(number, tr("is shorter than it was"))
        return got

    def _opened(self, number: int, length: int) -> int:
        """A descriptor of a file, which must be a regular one of this length; no symlink on the way to it is followed."""
        name = os.fsencode(self._split.names[number])
        *above, last = parts_of(name) or [b""]
        if b".." in (*above, last) or not last:
            raise UnsafePath(
                tr(
                    "{name}: the tar-split file names {name2!r}, which leads out of the folder",
                    name=self.name,
                    name2=os.fsdecode(name),
                )
            )
        try:
            if self._folders is None:
                self._root = os.open(self._folder, _FOLDER)
                self._folders = DirFdCache(self._root)
            folder = self._folders.find(above)
            if folder is None:
                raise self._changed(number, tr("is gone"))
            if not stat.S_ISREG(os.stat(last, dir_fd=folder, follow_symlinks=False).st_mode):
                raise self._changed(number, tr("is not a file"))
            fd = os.open(last, _FILE, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
                raise self._changed(number, tr("is gone")) from None
            raise storage_error(error, os.path.join(self.name, os.fsdecode(name))) from error
        if os.fstat(fd).st_size != length:
            os.close(fd)
            raise self._changed(number, tr("has another size than it had"))
        return fd

    def _changed(self, number: int, how: str) -> Damaged:
        return Damaged(
            tr(
                "{name}: {names} {how}; the layer's folder was changed",
                name=self.name,
                names=os.fsdecode(self._split.names[number]),
                how=how,
            )
        )

    def _close_file(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._open, self._fd = -1, -1
