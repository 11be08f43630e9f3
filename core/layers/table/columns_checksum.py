"""Whether a file of columns is whole: what `fsck` asks of many, without numpy, whose import takes longer than the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.fs.file_window import without_waiting

try:
    from isal.isal_zlib import crc32  # ten times as fast
except ImportError:  # no wheel for this machine
    from zlib import crc32

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

MAGIC = b"layertui columns 1\n"
_CHUNK = 1 << 18


def is_whole_file(path: Path) -> bool:
    """Whether the file is there, and its header and checksum are right."""
    try:
        with open(path, "rb", buffering=0, opener=without_waiting) as file:
            return is_whole(file)
    except (OSError, ValueError):
        return False


def is_whole(file: FileIO) -> bool:
    """The same of an open file, which is read to its end."""
    if file.read(len(MAGIC)) != MAGIC:
        return False
    stored, value = file.read(4), 0
    chunk = memoryview(bytearray(_CHUNK))
    while count := file.readinto(chunk):
        value = crc32(chunk[:count], value)
    return value.to_bytes(4, "little") == stored
