"""Bytes from a reader into an open file, by the kernel where both are files."""

import os
from typing import BinaryIO

from layertui.core.errors import Truncated
from layertui.core.streams.window import Window

CHUNK = 1 << 20
SMALL = 64 << 10  # below, a read and a write are as fast


def pour(content: BinaryIO, fd: int, size: int, sparse: tuple[tuple[int, int], ...] | None = None) -> None:
    """Write `size` bytes of `content` to the empty file `fd`; of a sparse file only its pieces. Raises Truncated."""
    if sparse is not None:
        os.ftruncate(fd, size)
        for offset, length in sparse:
            content.seek(offset)
            os.lseek(fd, offset, os.SEEK_SET)
            _read_and_write(content, fd, length)
        return
    done = _by_the_kernel(content, fd, size) if isinstance(content, Window) and size > SMALL else 0
    if done:
        content.seek(done)
        os.lseek(fd, done, os.SEEK_SET)
    _read_and_write(content, fd, size - done)


def _read_and_write(content: BinaryIO, fd: int, size: int) -> None:
    left = size
    while left:
        piece = content.read(min(left, CHUNK))
        if not piece:
            raise Truncated(f"{getattr(content, 'name', 'a tar')}: ends inside a file, {left} bytes early")
        left -= len(piece)
        while piece:
            piece = piece[os.write(fd, piece) :]


def _by_the_kernel(window: Window, fd: int, size: int) -> int:
    """How many bytes the kernel copied; 0 where it will not, as between some file systems."""
    if not hasattr(os, "copy_file_range"):
        return 0
    done = 0
    try:
        while done < size:
            count = os.copy_file_range(window.fileno(), fd, size - done, window.offset + done, done)
            if not count:
                break
            done += count
    except OSError:
        if done:
            raise
    return done
