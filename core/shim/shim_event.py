"""Appends the shim's events to the event log of the store, from prepared lines.

Part of the shim: standard library only, see `shim.py`.
"""

import fcntl
import os

TYPE_CHECKING = False  # as typing's, without its weight
if TYPE_CHECKING:
    from layertui.core.shim.shim_io import now
else:  # we run by ourselves, without the package
    from shim_io import now

START, DIE, DESTROY = 0, 1, 2


class ShimJournal:
    """The journal, as far as a shim writes to it; see `storage/event_journal.py`. `store` is where the store lies, seen from here."""

    def __init__(self, store: str) -> None:
        self.path = os.path.abspath(store + "/events/log")
        self.lines: list[bytes] = []

    def read(self) -> None:
        """What there will be to tell: the container may have got another name meanwhile."""
        try:
            with open("told", "rb") as file:
                self.lines = file.read().split(b"\n")
        except OSError:
            self.lines = []

    def tell(self, which: int, code: int = 0) -> None:
        """Write one of the lines; what cannot be written is let go of."""
        if not self.lines:
            return
        line = self.lines[which].replace(b'"exitCode":"?"', b'"exitCode":"%d"' % code)
        try:
            fd = self._locked()
            size = os.fstat(fd).st_size
            torn = size and os.pread(fd, 1, size - 1) != b"\n"  # by a full disk or a power cut
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
            os.close(fd)  # it was renamed while we waited
