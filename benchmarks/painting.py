"""A program on a terminal of its own: what it paints, and how long after a key."""

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from timing import Run

QUIET = 0.12  # seconds without a byte: the program is done painting
AT_REST = 0.5  # seconds: nothing that was asked for is still to come
ENDED = "the program has ended"
PATIENCE = 5.0  # seconds for one key
REPEAT = 30  # times a second, as a keyboard repeats a key that is held down
NOTHING = re.compile(rb"(\x1b\[\?\d+[hl])*")
"""What dive writes for a key that changes nothing, and right after one while it still works: that the cursor is hidden."""


class NotPainted(Exception):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Presses:
    """Seconds of each press that painted something."""

    times: tuple[float, ...]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """What nineteen of twenty stay within."""
        return sorted(self.times)[max(0, -(-len(self.times) * 95 // 100) - 1)]


class Terminal:
    """A program on a terminal of 160x45, ended when the block ends."""

    def __init__(self, argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        words = list(map(str, argv))
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            # Before the program asks: one that begins with no size paints for none.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
            settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
            os.execvpe(words[0], words, {**os.environ, **settings})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def until(self, marker: bytes, patience: float = 60.0) -> float:
        """Read until `marker`, an expression, has been painted; the seconds since the program began. NotPainted after `patience` of them."""
        seen = b""
        while time.perf_counter() - self.started < patience:
            seen = seen[-4096:] + self._read(1.0)
            if re.search(marker, seen):
                return time.perf_counter() - self.started
        raise NotPainted(f"{marker.decode()!r} was not painted in {patience:.0f} s")

    def settle(self, quiet: float = 1.0, patience: float = 30.0) -> None:
        """Read until nothing has come for `quiet` seconds."""
        end = time.perf_counter() + patience
        while self._read(quiet) and time.perf_counter() < end:
            pass

    def send(self, keys: bytes) -> None:
        """Press keys and let the program come to rest."""
        self._write(keys)
        self.settle()

    def press(self, keys: Sequence[bytes], patience: float = PATIENCE) -> Presses:
        """Press keys, each after the one before has been painted, until one paints nothing: that is the end.

        NotPainted where the first does not, in `patience` seconds.
        """
        times = []
        for key in keys:
            start = last = time.perf_counter()
            self._write(key)
            while (left := start + patience - time.perf_counter()) > 0 and (
                written := self._read(left if last == start else QUIET)
            ):
                if not NOTHING.fullmatch(written):
                    last = time.perf_counter()
            if last == start:
                break
            times.append(last - start)
        if not times:
            raise NotPainted(f"the key {keys[0]!r} painted nothing in {patience:.0f} s")
        return Presses(tuple(times))

    def hold(self, keys: Sequence[bytes], seconds: float) -> float:
        """Repeat keys as when they are held down; the seconds from the last one to the last byte painted."""
        start = time.perf_counter()
        for number in range(int(seconds * REPEAT)):
            while (left := start + number / REPEAT - time.perf_counter()) > 0:
                self._read(left)
            released = last = time.perf_counter()
            self._write(keys[number % len(keys)])
        while self._read(AT_REST):
            last = time.perf_counter()
        return last - released

    def memory(self) -> float:
        """Resident megabytes of the process."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def _write(self, keys: bytes) -> None:
        try:
            os.write(self._terminal, keys)
        except OSError:
            raise NotPainted(ENDED) from None

    def _read(self, patience: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], patience)
        if not ready:
            return b""
        try:
            return os.read(self._terminal, 1 << 16)
        except OSError:
            raise NotPainted(ENDED) from None


def paint(
    argv: Sequence[str | Path],
    marker: bytes,
    *,
    before: Callable[[], object] | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Time from fork until `marker` has been written to the terminal; the program is ended then."""

    def run() -> float:
        if before is not None:
            before()
        with Terminal(argv, env) as terminal:
            return terminal.until(marker)

    return run
