"""Files that a user names, as archives; and which of them must not be read, since reading would block or never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.errors import NotAnImage, NotFound, as_storage_error
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from typing import BinaryIO

    from layertui.core.images.archive.archive import Archive
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress


def opened(
    path: Path, spool: Path | None, *, ref: str | None = None, platform: Platform | None = None, progress: Progress
) -> Archive:
    """The archive or layout at a path; a pipe that a shell has opened for us (`<(…)`) is read as a stream."""
    from layertui.core.images.archive.archive import from_stream, open_archive

    if not is_open_pipe(path):
        return open_archive(path, ref, platform, spool=spool, progress=progress)
    with as_storage_error(path), open(path, "rb") as stream:
        return from_stream(stream, spool, ref=ref, platform=platform, progress=progress)


def is_open_pipe(path: Path) -> bool:
    """Whether a path is a pipe that a shell has opened for us: `<(…)`, `/dev/stdin`.

    NotFound for what is not there, NotAnImage for what would block or never end: a named pipe, a device, a socket.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise NotFound(tr("{path}: no such file or folder", path=path)) from error
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return False
    if stat.S_ISFIFO(mode) and "/fd/pipe:[" in os.path.realpath(path):
        return True
    kind = tr("a named pipe") if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    raise NotAnImage(tr("{path}: is {kind}, not a file; `-` reads standard input", path=path, kind=kind))


def require_stream(stream: BinaryIO) -> None:
    """NotAnImage for a device as standard input: reading it would block, or never end."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return  # no file of the system's behind it
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise NotAnImage(tr("standard input is a device, not a file or a pipe"))
