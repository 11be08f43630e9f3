"""Small files of the user's own, such as config.toml: obeyed only where no other user can change them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.other_users import changer_of

if TYPE_CHECKING:
    from pathlib import Path


def user_file_content(path: Path, largest: int) -> tuple[bytes | None, str]:
    """The bytes of a file; or None, and in one line why it is not obeyed: another user can change it.

    Opened once, and nothing waited for. Raises OSError; UsageError for what is no regular file, or has more than
    `largest` bytes, a multiple of 1,024.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(tr("{path}: is not a regular file", path=path))
        if (who := changer_of(status)) is not None:
            return None, tr("{path} {who}; it is not obeyed", path=path, who=who)
        content = bytearray()
        while chunk := os.read(fd, largest + 1 - len(content)):
            content += chunk
    finally:
        os.close(fd)
    if len(content) > largest:
        raise UsageError(tr("{path}: is larger than {largest} KiB", path=path, largest=largest >> 10))
    return bytes(content), ""
