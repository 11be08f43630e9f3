"""Copies bytes from a reader to an open file, inside the kernel if both are files."""

import os
from typing import BinaryIO

from layertui.core.errors import Truncated
from layertui.core.fs.file_window import Window
from layertui.core.language.texts import tr
from layertui.core.progress import Progress

CHUNK = 1 << 20
STRIDE = 64 << 20
"""Bytes per call to the kernel; cancellation is checked between calls."""
SMALL = 64 << 10  # bytes up to which read and write are as fast


def copy_range(
    content: BinaryIO,
    fd: int,
    size: int,
    sparse: tuple[tuple[int, int], ...] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write `size` bytes of `content` to the empty file `fd`; of a sparse file only its data. Raises Truncated.

    `progress` counts the bytes that are written.
    """
    if sparse is not None:
        os.ftruncate(fd, size)
        for offset, length in sparse:
            content.seek(offset)
            os.lseek(fd, offset, os.SEEK_SET)
            _read_and_write(content, fd, length, progress)
        return
    done = _by_the_kernel(content, fd, size, progress) if isinstance(content, Window) and size > SMALL else 0
    if done:
        content.seek(done)
        os.lseek(fd, done, os.SEEK_SET)
    _read_and_write(content, fd, size - done, progress)


def _read_and_write(content: BinaryIO, fd: int, size: int, progress: Progress | None) -> None:
    left = size
    while left:
        piece = content.read(min(left, CHUNK))
        if not piece:
            raise Truncated(
                tr(
                    "{value}: ends inside a file, {left:,} bytes early",
                    value=getattr(content, "name", "a tar"),
                    left=left,
                )
            )
        left -= len(piece)
        if progress is not None:
            progress.advance(len(piece))
        while piece:
            piece = piece[os.write(fd, piece) :]


def _by_the_kernel(window: Window, fd: int, size: int, progress: Progress | None) -> int:
    """How many bytes the kernel copied; 0 where it cannot, as between some file systems."""
    if not hasattr(os, "copy_file_range"):
        return 0
    done = 0
    try:
        while done < size:
            count = os.copy_file_range(window.fileno(), fd, min(size - done, STRIDE), window.offset + done, done)
            if not count:
                break
            done += count
            if progress is not None:
                progress.advance(count)
    except OSError:
        if done:
            raise
    return done
