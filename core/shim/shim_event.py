"""Appends the shim's events to the event log of the store, from prepared lines.

Part of the shim: standard library only, see `shim.py`.
"""

import fcntl
import os

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from layertui.core.shim.shim_io import now
else:  # run as a script, without the package
    from shim_io import now

START, DIE, DESTROY = 0, 1, 2


class ShimJournal:
    """Appends a shim's events to the journal; see `storage/event_journal.py`. `store` is the path of the store."""

    def __init__(self, store: str) -> None:
        self.path = os.path.abspath(store + "/events/log")
        self.lines: list[bytes] = []

    def read(self) -> None:
        """Read the prepared lines: the container may have been renamed meanwhile."""
        try:
            with open("events", "rb") as file:
                self.lines = file.read().split(b"\n")
        except OSError:
            self.lines = []

    def append(self, which: int, code: int = 0) -> None:
        """Append one of the lines; errors are ignored."""
        if not self.lines:
            return
        line = self.lines[which].replace(b'"exitCode":"?"', b'"exitCode":"%d"' % code)
        try:
            fd = self._locked()
            size = os.fstat(fd).st_size
            torn = size and os.pread(fd, 1, size - 1) != b"\n"  # after a full disk or a power cut
            os.write(fd, b"\n" * torn + b'{"time":"' + now().encode() + b'",' + line[1:] + b"\n")
            os.close(fd)
        except OSError:
            return

    def _locked(self) -> int:
        while True:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX)
            try:
                if os.path.samestat(os.fstat(fd), os.stat(self.path)):
                    return fd
            except FileNotFoundError:
                pass
            os.close(fd)  # it was renamed while we waited for the lock
