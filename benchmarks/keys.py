"""Time the screens: an archive to its files, and keys to the last byte that they paint, ours beside dive's.

    python benchmarks/keys.py [--scale 0.7]

Writes benchmarks/KEYS.md. dive is left out where it paints nothing for minutes (*smallnw*).
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # no user's run compiles us anew
QUIET = 0.12  # seconds without a byte: the program is done painting
DOWN, PAGE_DOWN, TAB = b"\x1b[B", b"\x1b[6~", b"\t"


@dataclass(frozen=True)
class Presses:
    """Milliseconds of each press that painted something."""

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
    """A program on a terminal of its own, of 160x45."""

    def __init__(self, argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        words = list(map(str, argv))
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
            os.execvpe(words[0], words, {**os.environ, **settings})
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def until(self, marker: bytes, patience: float = 200.0) -> float:
        """Read until `marker` has been painted; the seconds since the program began."""
        seen = b""
        while time.perf_counter() - self.started < patience:
            seen = seen[-4096:] + self._read(1.0)
            if marker in seen:
                return time.perf_counter() - self.started
        raise RuntimeError(f"{marker!r} was not painted in {patience:.0f} s")

    def settle(self, quiet: float = 1.0) -> None:
        """Read until nothing has come for `quiet` seconds."""
        while self._read(quiet):
            pass

    def send(self, keys: bytes) -> None:
        """Press keys and let the program come to rest."""
        os.write(self._terminal, keys)
        self.settle()

    def press(self, key: bytes, count: int) -> Presses:
        """Press a key `count` times, each after the one before has been painted."""
        times = []
        for _ in range(count):
            start = time.perf_counter()
            os.write(self._terminal, key)
            last = None
            while self._read(QUIET if last else 5.0):
                last = time.perf_counter()
            if last is not None:
                times.append((last - start) * 1000)
        if not times:
            raise RuntimeError(f"the key {key!r} painted nothing")
        return Presses(tuple(times))

    def memory(self) -> float:
        """Resident megabytes of the process."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def _read(self, patience: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], patience)
        if not ready:
            return b""
        try:
            return os.read(self._terminal, 1 << 16)
        except OSError:
            return b""


@dataclass(frozen=True)
class Walk:
    """What one program did with one image; milliseconds for keys, megabytes when all was walked."""

    program: str
    opened: float
    down: Presses
    page: Presses
    layer: Presses
    memory: float

    def row(self, kind: str) -> str:
        """A row of the table."""
        keys = " | ".join(f"{one.p50:.0f} / {one.p95:.0f}" for one in (self.down, self.page, self.layer))
        return f"| *{kind}* | {self.program} | {self.opened:.2f} s | {keys} | {self.memory:.0f} MB |"


def ours(archive: Path, store: Path, program: str) -> Walk:
    """Open, unfold everything, walk down, then over the layers."""
    with Terminal([Path(sys.executable).parent / "layertui", "--store", store, archive]) as terminal:
        opened = terminal.until(b"entries")
        terminal.settle()
        terminal.send(b"4")
        terminal.send(b"*")
        down, page = terminal.press(DOWN, 20), terminal.press(PAGE_DOWN, 20)
        terminal.send(b"3")
        return Walk(program, opened, down, page, terminal.press(DOWN, 8), terminal.memory())


def dives(archive: Path) -> Walk:
    """The same in dive, which opens unfolded and stands on the layers."""
    with Terminal([Path(sys.executable).parent / "dive", "--source", "docker-archive", archive]) as terminal:
        opened = terminal.until(b"Current Layer Contents")
        terminal.settle()
        layer = terminal.press(DOWN, 8)
        terminal.send(TAB)
        return Walk("dive", opened, terminal.press(DOWN, 20), terminal.press(PAGE_DOWN, 20), layer, terminal.memory())


def main() -> int:
    """Measure and write the page."""
    from images import cached
    from run import HERE, machine

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.7)
    scale = parser.parse_args().scale
    rows = []
    with tempfile.TemporaryDirectory(prefix="ltk-") as work:
        for kind in ("tiny", "deb", "many", "huge", "smallnw"):
            archive, store = cached(kind, HERE / ".images", scale=scale), Path(work) / kind
            walks = [ours(archive, store, "layertui, cold"), ours(archive, store, "layertui, again")]
            if kind != "smallnw":
                walks.append(dives(archive))
            rows += [walk.row(kind) for walk in walks]
            print("\n".join(rows[-len(walks) :]), flush=True)
    (HERE / "KEYS.md").write_text(
        f"# How fast the screens are\n\n<!-- made by `make bench` -->\n\nOn {machine()}; a terminal of 160x45, images at scale {scale:g}. "
        "Opened: from the start of the process until the files are on the screen.\nKeys: milliseconds from the press to the last byte painted, p50 / p95 of 20 presses "
        "(8 over the layers), everything unfolded. Wanted: down 16, page down 33, next layer 50 (p50).\n\n"
        "| image | program | opened | down | page down | next layer | memory then |\n| --- | --- | --: | --: | --: | --: | --: |\n"
        + "\n".join(rows)
        + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
