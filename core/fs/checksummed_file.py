"""Cache files with a checksum, replaced by rename; a damaged file is treated as missing."""

from __future__ import annotations

import os
import stat
from zlib import crc32

from layertui.core.fs.atomic import make_folder, write_atomically
from layertui.core.fs.file_window import without_waiting

_SUM = 8  # hex digits of a CRC-32


def write_checked(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file, and its folder if missing. Not synced: `read_checked` finds what a power cut damaged. OSError, StorageError."""
    make_folder(os.path.dirname(path), durable=False)
    write_atomically(path, b"%0*x" % (_SUM, crc32(content)) + content, durable=False)


def read_checked(path: str | os.PathLike[str], most: int, *, own: bool = False) -> bytes | None:
    """Read `most` bytes; None if the file is missing or damaged, and with `own` if it belongs to another user."""
    try:
        with open(path, "rb", buffering=0, opener=without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > most or (own and status.st_uid != os.geteuid()):
                return None
            whole = file.read()
    except OSError:
        return None
    content = memoryview(whole)[_SUM:]
    return bytes(content) if whole[:_SUM] == b"%0*x" % (_SUM, crc32(content)) else None
