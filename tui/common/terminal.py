"""Connects the user's terminal or standard streams to a process in a container, until it ends or the user detaches.

Used by the commands, with a terminal or without one, and by the screen while it is suspended.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.model.session import Session, TerminalSize

DETACH_KEYS = b"\x10\x11"  # Ctrl-P Ctrl-Q
_CONTROL = "@abcdefghijklmnopqrstuvwxyz[\\]^_"  # each at the index of its control code
_PIECE = 1 << 16


def is_terminal() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def size() -> TerminalSize | None:
    """The size of the terminal on standard output; None if it is not one."""
    from layertui.core.containers.model.session import TerminalSize

    for stream in filter(None, (sys.__stdout__, sys.__stdin__)):
        with suppress(OSError, ValueError):
            return TerminalSize(*struct.unpack("HHHH", fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8)))[:2])
    return None


def ask_to_show(session: Session) -> None:
    """Make a program at a terminal show its prompt again, by a change of the terminal's size, undone when it is attached."""
    if session.tty and (now := size()) is not None:
        session.resize(now._replace(rows=now.rows + 1))


class DetachKeys:
    """Finds the detach keys in the input, as docker does. A possible beginning of them is held until the next key.

    A key that does not continue it is sent with it, and begins nothing itself: of Ctrl-P Ctrl-P both are sent, and so is a
    Ctrl-Q after them.
    """

    def __init__(self, keys: bytes = DETACH_KEYS) -> None:
        self._keys = keys
        self._seen = 0
        self.found = False

    def pass_on(self, typed: bytes) -> bytes:
        """The part of the input so far that is to be sent now."""
        passed = bytearray()
        for key in typed:
            if key != self._keys[self._seen]:
                passed += self.held()
                passed.append(key)
                continue
            self._seen += 1
            if self._seen == len(self._keys):
                self.found = True
                break
        return bytes(passed)

    def held(self) -> bytes:
        """Take what is held."""
        held, self._seen = self._keys[: self._seen], 0
        return held


def detach_keys(spelled: str | None) -> bytes:
    """Parse `--detach-keys`: keys separated by commas, each a character or `ctrl-` and one. Raises UsageError."""
    if not spelled:
        return DETACH_KEYS
    return bytes(_key(word, spelled) for word in spelled.split(","))


def _key(word: str, spelled: str) -> int:
    if len(word) == 1 and word.isascii():
        return ord(word)
    if word == "DEL":
        return 127
    prefix, _, letter = word.partition("-")
    if prefix == "ctrl" and len(letter) == 1 and letter in _CONTROL:
        return _CONTROL.index(letter)
    raise UsageError(tr("invalid --detach-keys {spelled!r}: write keys as ctrl-p,ctrl-q or a,b", spelled=spelled))


def carry(session: Session, *, typing: bool, keys: bytes = DETACH_KEYS) -> bool:
    """Connect until the process has ended; False if the user detached before. `typing`: input is sent to it."""
    source = sys.stdin.fileno() if typing and sys.stdin is not None else None
    if source is not None and session.tty and os.isatty(source):
        with _raw(source), _resized(session):
            return _Carrier(session, source, DetachKeys(keys)).run()
    with _resized(session):
        return _Carrier(session, source, None).run()


class _Carrier:
    """Carries bytes between the terminal and one session."""

    def __init__(self, session: Session, source: int | None, keys: DetachKeys | None) -> None:
        self._session, self._source, self._keys = session, source, keys
        self._out: dict[str, BinaryIO | None] = {
            "stdout": sys.stdout.buffer if sys.stdout is not None else None,
            "stderr": sys.stderr.buffer if sys.stderr is not None else None,
        }

    def run(self) -> bool:
        """Pass bytes on both ways until the process ends or the user detaches; returns whether it has ended."""
        session = self._session
        while not session.ended:
            poll = select.poll()
            poll.register(session, select.POLLIN | (select.POLLOUT if session.behind else 0))
            if self._source is not None and not session.behind:
                poll.register(self._source, select.POLLIN)
            for fd, _ in poll.poll():
                if fd == session.fileno():
                    self._put()
                elif not self._take(fd):
                    return False
            session.flush()
        return True

    def _put(self) -> None:
        for stream, content in self._session.receive():
            if (out := self._out[stream]) is not None:
                out.write(content)
                out.flush()

    def _take(self, source: int) -> bool:
        try:
            typed = os.read(source, _PIECE)
        except OSError:
            typed = b""  # the terminal is gone
        if not typed:
            if self._keys is not None and (held := self._keys.held()):
                self._session.type(held)
            self._session.end_input()
            self._source = None
        elif self._keys is None:
            self._session.type(typed)
        else:
            if wanted := self._keys.pass_on(typed):
                self._session.type(wanted)
            if self._keys.found:
                self._session.detach()
                return False
        return True


@contextmanager
def _resized(session: Session) -> Iterator[None]:
    """Keep the session's terminal at the size of ours."""
    if not session.tty:
        yield
        return

    def resize(_number: int, _frame: FrameType | None) -> None:
        if (now := size()) is not None:
            session.resize(now)

    with handling({signal.SIGWINCH: resize}):
        resize(0, None)
        yield


@contextmanager
def _raw(source: int) -> Iterator[None]:
    """Raw mode: keys are passed on as typed; the terminal is restored in any case."""
    before = termios.tcgetattr(source)

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def again(_number: int, _frame: FrameType | None) -> None:
        tty.setraw(source)  # after a SIGSTOP from outside, the shell has used the terminal

    ends = {one: leave for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL}
    with handling({**ends, signal.SIGCONT: again}):
        try:
            tty.setraw(source)
            yield
        finally:
            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(source, termios.TCSADRAIN, before)


@contextmanager
def handling(
    wanted: Mapping[signal.Signals, Callable[[int, FrameType | None], None] | signal.Handlers],
) -> Iterator[None]:
    """Handle these signals differently in the block. Only in the main thread."""
    before = {number: signal.signal(number, handling) for number, handling in wanted.items()}
    try:
        yield
    finally:
        for number, handling in before.items():
            signal.signal(number, handling)
