"""A real terminal for the screen: tmux holds it, keys go in, what it shows comes out."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import peers

PATIENCE = 60.0  # seconds to wait for what must happen; nothing here measures speed


@dataclass(frozen=True)
class Terminal:
    """A program in a tmux session of its own."""

    tmux: peers.Tool

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, Tab, Escape, C-s, a."""
        for key in keys:
            self.tmux.run("send-keys", key)

    def go(self, *keys: str) -> None:
        """Press keys one after another, each once what the last one brought shows."""
        for key in keys:
            before = self._painted()
            self.press(key)
            last, deadline = before, time.monotonic() + 5
            while time.monotonic() < deadline:
                time.sleep(0.05)
                now = self._painted()
                if now == last != before:
                    break
                last = now

    def _painted(self) -> str:
        return self.tmux.text("capture-pane", "-p", "-e")

    def rest(self) -> None:
        """Wait until nothing has been painted for a while: what opens has its focus then."""
        last, since, deadline = self._painted(), time.monotonic(), time.monotonic() + PATIENCE
        while time.monotonic() < min(since + 0.5, deadline):
            time.sleep(0.05)
            if (now := self._painted()) != last:
                last, since = now, time.monotonic()

    def type(self, text: str) -> None:
        """Type text as it is, once all is at rest, and see its end on the screen."""
        self.rest()
        self.tmux.run("send-keys", "-l", text)
        self.wait(text[-12:])

    def answer(self, heading: str, *texts: str) -> None:
        """Type into the fields of a dialog, one after another, and say yes."""
        self.wait(heading)
        for number, text in enumerate(texts):
            if number:
                self.go("Tab")
            self.type(text)
        self.press("C-s")
        self.wait(gone=[heading])

    def screen(self) -> str:
        """Give what it shows."""
        return self.tmux.text("capture-pane", "-p")

    def wait(self, *wanted: str, gone: Sequence[str] = ()) -> str:
        """Wait until everything wanted is on the screen and what must go is gone; returns the screen."""
        deadline = time.monotonic() + PATIENCE
        while True:
            shown = self.screen()
            if all(text in shown for text in wanted) and not any(text in shown for text in gone):
                return shown
            assert time.monotonic() < deadline, f"waited for {wanted} (and no {gone}) on\n{shown}"
            time.sleep(0.05)

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        return self.tmux.text("display-message", "-p", "#{pane_dead}") == "1"


@contextmanager
def terminal(
    argv: Sequence[str | Path], folder: Path, *, size: tuple[int, int] = (120, 40), env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run a program in a terminal; a tmux server of its own, ended with it."""
    found = peers.tool("tmux").argv[0]
    conf = folder / "tmux.conf"
    columns, rows = map(str, size)
    conf.write_text(
        "set -g remain-on-exit on\nset -g status off\nset -g default-terminal screen-256color\nset -sg escape-time 0\n"
        f"set -g default-size {columns}x{rows}\n"
    )
    # The socket's path must be short, so it lies where tmux puts it, under a name that no one else has.
    server = peers.Tool(
        (found, "-L", f"layertui-{os.getpid()}-{folder.name[-24:]}", "-f", str(conf)), {"TERM": "xterm-256color"}
    )
    settings = [f"{name}={value}" for name, value in {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(env or {})}.items()]
    # Where these are set, as some tests of screens do, a program believes them more than its terminal.
    clean = ("env", "-u", "COLUMNS", "-u", "LINES")
    server.run("-u", "new-session", "-d", "-x", columns, "-y", rows, *clean, *settings, *map(str, argv))
    try:
        yield Terminal(peers.Tool((*server.argv, "-u"), server.env))
    finally:
        subprocess.run([*server.argv, "kill-server"], check=False, capture_output=True)
