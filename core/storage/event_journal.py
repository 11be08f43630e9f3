"""The event log of a store: one line of JSON for each event, appended by the process that caused it.

    FOLDER/log      the newest events; when it exceeds one megabyte it is renamed to
    FOLDER/log.1    older events; replaces the previous file of that name

Lines are appended under a lock on the file itself, so that no line is torn and a renamed file gets no more lines.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from layertui.core.errors import Damaged, NotOurs
from layertui.core.fs.atomic import make_folder
from layertui.core.fs.file_window import files_only
from layertui.core.fs.watch.inotify import Watch
from layertui.core.oci import strict_json
from layertui.core.oci.timestamps import now, utc
from layertui.core.progress import Progress
from layertui.core.store_paths import EVENT_LOG, OLDER_EVENT_LOG

LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a container or an image, with docker's name for its action."""

    time: str
    """RFC 3339 in UTC, with nanoseconds."""
    type: str
    action: str
    id: str
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)


class EventJournal:
    """The event log of one store, to which several processes append, each under a lock; when a log is full a new one begins, and the one before is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record(self, kind: str, action: str, what: str, attributes: Mapping[str, str]) -> None:
        """Append an event. A failure to write it is ignored: the action itself has succeeded."""
        event = {"time": now(), **untimed(kind, action, what, attributes)}
        with suppress(OSError):
            make_folder(self.folder, durable=False)
            fd = _locked(self.folder / EVENT_LOG)
            try:
                os.write(fd, _lacking_newline(fd) + strict_json.dumps(event) + b"\n")
                if os.fstat(fd).st_size > LIMIT:
                    os.rename(self.folder / EVENT_LOG, self.folder / OLDER_EVENT_LOG)
            finally:
                os.close(fd)

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event]:
        """The events so far, if `past`; with `follow`, then new ones without an end.

        Raises Cancelled when `progress` is cancelled.
        """
        with ExitStack() as opened:
            if follow:
                with suppress(NotOurs):
                    make_folder(self.folder, durable=False)
            # Watch first, then read: no event is missed in between.
            watch = opened.enter_context(Watch(self.folder, progress=progress)) if follow else None
            file = opened.enter_context(_Lines(self.folder / EVENT_LOG))
            if past:
                with _Lines(self.folder / OLDER_EVENT_LOG) as older:
                    if not older.same_as(file):
                        yield from older.read()
            else:
                file.skip()
            while True:
                yield from file.read()
                if file.renamed:
                    yield from file.read()  # lines written before the rename
                    file.open()
                    yield from file.read()
                if watch is None:
                    return
                if progress is not None:
                    progress.advance(0)
                watch.wait()


class _Lines:
    """A file of the journal, read as it grows; it may not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self.open()

    def open(self) -> None:
        """Open the file that has the name now."""
        self._close()
        with suppress(OSError):
            self._file = open(self._path, "rb", opener=files_only)

    def _close(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def __enter__(self) -> Self:
        return self

    __exit__ = _close

    def skip(self) -> None:
        """Skip what is in the file now."""
        if self._file is not None:
            self._file.seek(0, os.SEEK_END)

    def same_as(self, other: _Lines) -> bool:
        """Whether both are one file, renamed in between."""
        if self._file is None or other._file is None:
            return False
        return os.path.sameopenfile(self._file.fileno(), other._file.fileno())

    @property
    def renamed(self) -> bool:
        """Whether the name now belongs to another file."""
        with suppress(OSError):
            return self._file is None or not os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        return True

    def read(self) -> Iterator[Event]:
        """The complete lines from the current position; invalid ones are skipped."""
        while self._file is not None and (line := self._file.readline()):
            if not line.endswith(b"\n"):
                self._file.seek(-len(line), os.SEEK_CUR)
                return
            if (event := _recalled(line)) is not None:
                yield event


def _recalled(line: bytes) -> Event | None:
    """The event of a line; None if the line is invalid."""
    try:
        kept = strict_json.loads_trusted_object(line, what="event")
        attributes = {str(name): str(value) for name, value in kept["attributes"].items()}
        event = Event(kept["time"], kept["type"], kept["action"], kept["id"], attributes)
    except (Damaged, KeyError, AttributeError):
        return None
    said = event.time, event.type, event.action, event.id
    return event if all(isinstance(text, str) for text in said) and utc(event.time) else None


def untimed(kind: str, action: str, what: str, attributes: Mapping[str, str]) -> dict[str, object]:
    """An event as it is written, without its time."""
    return {"type": kind, "action": action, "id": what, "attributes": dict(sorted(attributes.items()))}


def _lacking_newline(fd: int) -> bytes:
    """A newline if the last line of the file has none, as after a full disk or a power cut."""
    size = os.fstat(fd).st_size
    return b"\n" if size and os.pread(fd, 1, size - 1) != b"\n" else b""


def _locked(path: Path) -> int:
    """The file, open at its end and locked; opened again if it was renamed while we waited for the lock."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        os.close(fd)
