"""Time ours beside a peer: alternating runs, so that what else the machine does meets both."""

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Run = Callable[[], float]

# Without byte code on the disk every run would compile us anew, which no user's does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@dataclass(frozen=True)
class Times:
    """Seconds of the runs of one side."""

    runs: tuple[float, ...]

    @property
    def least(self) -> float:
        """The least: what the machine can do when it does nothing else."""
        return min(self.runs)

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return f"{_seconds(self.least)} ({_seconds(self.median)})"


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def paired(ours: Run, peer: Run, rounds: int) -> tuple[Times, Times]:
    """Run both by turns; which one comes first changes from round to round."""
    mine: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        order = [(mine, ours), (theirs, peer)]
        for times, run in order if number % 2 == 0 else reversed(order):
            times.append(run())
    return Times(tuple(mine)), Times(tuple(theirs))


def process(
    argv: Sequence[str | Path],
    *,
    before: Callable[[], object] | None = None,
    env: Mapping[str, str] | None = None,
    output: int = subprocess.DEVNULL,
) -> Run:
    """Time a whole process, from fork to exit; `before` is not timed."""

    def run() -> float:
        if before is not None:
            before()
        start = time.perf_counter()
        done = subprocess.run(
            list(map(str, argv)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, **(env or {})},
        )
        took = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, argv))}: {done.stderr.decode(errors='replace')[-500:]}")
        return took

    return run


def paint(
    argv: Sequence[str | Path],
    marker: bytes,
    *,
    before: Callable[[], object] | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Time from fork until `marker` has been written to the terminal of 160x45; the program is ended then."""

    def run() -> float:
        if before is not None:
            before()
        start = time.perf_counter()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(
                str(argv[0]),
                list(map(str, argv)),
                {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})},
            )
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
        try:
            return _until(terminal, marker, start)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)

    return run


def _until(terminal: int, marker: bytes, start: float, patience: float = 60.0) -> float:
    seen = b""
    while time.perf_counter() - start < patience:
        ready, _, _ = select.select([terminal], [], [], 1.0)
        if not ready:
            continue
        try:
            seen += os.read(terminal, 1 << 16)
        except OSError:
            break
        if marker in seen:
            return time.perf_counter() - start
    raise RuntimeError(f"{marker!r} never came; the screen got {seen[-300:]!r}")
