"""A container's log as a file that can be shown: its lines in a temporary file, to which more can be added."""

from __future__ import annotations

import tempfile
from os import pwrite
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import check
from layertui.core.errors import as_storage_error
from layertui.core.fs.atomic import make_folder
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.file.file_target import OpenedFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

_PIECE = 1 << 18


class LogSpool:
    """The lines of a log, in a temporary file without a name; one thread adds lines, others read."""

    def __init__(self, folder: Path | None, *, with_times: bool) -> None:
        self._with_times = with_times
        if folder is not None:
            make_folder(folder, durable=False)
        with as_storage_error(folder or Path(tempfile.gettempdir())):
            # Without a buffer: what is added is read at once.
            self.file = cast("BinaryIO", tempfile.TemporaryFile("w+b", buffering=0, dir=folder))
        self._end = 0
        self.size = 0
        """Bytes that can be read."""
        self.lines = 0
        """Lines of the log that were added."""

    def add(self, lines: Iterable[LogLine]) -> None:
        """Add lines; they can be read when all are there. Raises LimitExceeded, OSError."""
        pieces: list[bytes] = []
        for line in lines:
            pieces.append(line.time.encode() + b" " + line.text if self._with_times else line.text)
            self.lines += 1
            if len(pieces) >= _PIECE >> 6:
                self._write(pieces)
        self._write(pieces)
        self.size = self._end

    def _write(self, pieces: list[bytes]) -> None:
        content = memoryview(b"".join(pieces))
        pieces.clear()
        check("unpacked", self._end + len(content), tr("the log has {end:,} bytes", end=self._end + len(content)))
        while content:
            written = pwrite(self.file.fileno(), content, self._end)
            self._end += written
            content = content[written:]


class ContainerLog:
    """What a container has written to stdout and stderr, as a FileTarget."""

    depth = 1

    def __init__(self, identity: str, name: str) -> None:
        self.identity, self.name = identity, name
        self.with_times = False
        self.spool: LogSpool | None = None
        """The lines that were read when it was opened last, and those that were added."""

    @property
    def path(self) -> str:
        """The name under which it is saved."""
        return f"{self.name}.log"

    @property
    def title(self) -> str:
        return safe(self.name)

    def open(self, inspector: Inspector, progress: Progress) -> OpenedFile:
        """The log as it is now."""
        spool = LogSpool(inspector.settings.spool, with_times=self.with_times)
        try:

            def lines() -> Iterable[LogLine]:
                for line in inspector.containers.output.logs(self.identity):
                    progress.advance(0)
                    yield line

            spool.add(lines())
        except BaseException:
            spool.file.close()
            raise
        self.spool = spool
        return OpenedFile(spool.file, spool.size, self.path)
