"""A person at a terminal: a program on a pty of its own, what it shows, keys for it, and another size of the window."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0  # seconds to wait for what must happen; nothing here measures speed
CTRL_C, CTRL_D, CTRL_Z, DETACH = b"\x03", b"\x04", b"\x1a", b"\x10\x11"


class Typist:
    """One program, from its start to its end."""

    def __init__(self, argv: Sequence[object], size: tuple[int, int], env: dict[str, str] | None) -> None:
        self.master, slave = pty.openpty()
        self.resize(*size)
        self.modes = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            [*map(str, argv)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_with_a_terminal,  # noqa: PLW1509 - no other way gives one
            env={**os.environ, **(env or {})},
        )
        self.shown = b""

    def resize(self, rows: int, columns: int) -> None:
        """The window gets another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: bytes | str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def line(self, text: str) -> None:
        """Type a line."""
        self.type(text + "\r")

    def _look(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        self.shown += os.read(self.master, 65536)
        return True

    def expect(self, wanted: str) -> str:
        """Wait until this is shown; give what was shown since the last time, up to its end."""
        deadline = time.monotonic() + PATIENCE
        while (at := self.shown.find(wanted.encode())) < 0:
            assert time.monotonic() < deadline, f"waited for {wanted!r}, got {self.shown!r}"
            assert self.process.poll() is None or self._look(0), f"ended before {wanted!r} came: {self.shown!r}"
            self._look(0.05)
        found, self.shown = self.shown[: at + len(wanted)], self.shown[at + len(wanted) :]
        return found.decode(errors="replace")

    def asked(self, command: str) -> str:
        """What a command says, in a shell whose prompt has come."""
        self.line(f"{command}; echo e''nd")
        self.expect("e''nd\r\n")
        return self.expect("end\r\n").removesuffix("end\r\n").strip()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, "it never was so"
            time.sleep(0.05)

    def wait_for_raw(self) -> None:
        """Wait until the program has taken the keys for itself."""
        deadline = time.monotonic() + PATIENCE
        while termios.tcgetattr(self.slave)[3] & termios.ICANON:
            assert time.monotonic() < deadline, "the terminal never became raw"
            self._look(0.02)

    def end(self) -> int:
        """Wait for the end; its exit code, once it is sure that the terminal is as it was."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end; it shows {self.shown!r}"
            self._look(0.05)
        while self._look(0):
            pass
        assert termios.tcgetattr(self.slave) == self.modes, "it left the terminal in another mode"
        return self.process.returncode


def _with_a_terminal() -> None:
    """What a program finds that a person starts, even where the tests ignore a hangup: those run by `nohup`."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def typing_at(
    *argv: str | Path, size: tuple[int, int] = (24, 80), env: dict[str, str] | None = None
) -> Iterator[Typist]:
    """Run a program in a terminal, as the foreground of a session; gone when this is left."""
    one = Typist(argv, size, env)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGKILL)
        one.process.wait()
        os.close(one.master)
        os.close(one.slave)
