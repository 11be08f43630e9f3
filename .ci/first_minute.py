"""The first minute of somebody who has just cloned layertui: `make run`, a container, and a few tests.

    first_minute.py CLONE

Stands on Python's standard library alone, since it runs where nothing else is installed. Says what went wrong, with the last
that the terminal showed, and ends with 1.
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

ROWS, COLUMNS = 24, 80
IMAGES = (b"demo:1.0", b"demo:2.0", b"busybox")
PATIENCE = 900  # seconds until what must come is given up; the first start downloads packages
OPENED, CLOSED, HIDDEN, SHOWN = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h"
ESCAPES = re.compile(rb"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-9;:?<>=]*[ -/]*[@-~]|[()][A-Z0-9]|[=>])")


class Stumbled(Exception):
    """What a newcomer does not get over."""


class Terminal:
    """A program at a terminal of its own, and all that it wrote there."""

    def __init__(self, *words: str) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._modes = termios.tcgetattr(self._slave)
        self.written = b""
        ends = dict.fromkeys(("stdin", "stdout", "stderr"), self._slave)
        self._program = subprocess.Popen(["setsid", "--ctty", *words], **ends)

    def wait(self, *texts: bytes) -> None:
        """Read until the screen is open and has shown all of the texts."""
        if not self._read(lambda: all(text in self._painted() for text in texts)):
            raise Stumbled(f"it ended with {self._program.returncode} before it showed {texts}")

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def ends(self) -> None:
        """Read until the program is gone: with 0, and the terminal as it was."""
        self._read(lambda: False)
        if self._program.returncode != 0:
            raise Stumbled(f"it ended with {self._program.returncode}")
        for on, off in ((OPENED, CLOSED), (HIDDEN, SHOWN)):
            if self.written.rfind(on) > self.written.rfind(off):
                raise Stumbled(f"it wrote {on!r} last and not {off!r}")
        if termios.tcgetattr(self._slave) != self._modes:
            raise Stumbled("it left the terminal in another mode")

    def _painted(self) -> bytes:
        return ESCAPES.sub(b"", self.written.partition(OPENED)[2])

    def _read(self, enough: Callable[[], bool]) -> bool:
        """Read until there is enough, or the program is gone and all of it is read; whether there was enough."""
        deadline = time.monotonic() + PATIENCE
        while not enough():
            gone = self._program.poll() is not None
            if select.select([self._master], [], [], 0 if gone else 0.2)[0]:
                self.written += os.read(self._master, 65_536)
            elif gone:
                return False
            if time.monotonic() > deadline:
                self._program.kill()
                raise Stumbled(f"nothing more came within {PATIENCE} seconds")
        return True


def said(*words: str) -> str:
    """What a command answers on stdout; all that it said is shown where it fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-4_000:] + done.stderr[-4_000:])
        raise Stumbled(f"{' '.join(words)} ended with {done.returncode}")
    return done.stdout


def main(clone: str) -> None:
    """Do what README says, in its order."""
    os.chdir(clone)
    terminal = Terminal("make", "run")
    try:
        terminal.wait(*IMAGES)
        terminal.press(b"q")
        terminal.ends()
    except Stumbled:
        sys.stderr.buffer.write(b"make run wrote:\n" + terminal.written[-4_000:] + b"\n")
        raise
    program = ".venv/bin/layertui"
    if (answer := said(program, "run", "--rm", "busybox", "echo", "hello")) != "hello\n":
        raise Stumbled(f"the container said {answer!r}")
    said(program, "fsck")
    said("make", "test", "TESTS=tests/core/oci")


if __name__ == "__main__":
    begun = time.monotonic()
    try:
        main(sys.argv[1])
    except Stumbled as stumbled:
        sys.exit(f"error: {stumbled}")
    sys.stdout.write(f"all as README says, in {time.monotonic() - begun:.0f} seconds\n")
