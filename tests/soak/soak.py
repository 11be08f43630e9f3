"""The screen left open for long, with keys that go over all of it, while containers come and go: does it grow?

    python tests/soak/soak.py [--minutes 30]

Rounds of one and the same script of keys. Meanwhile other processes create, start, fill, stop, commit and remove containers.
At the end of each round they pause, all that they made is gone, the screen is back home: then it is counted what the screen's
process holds. What it holds at the end must be what it held after the first rounds.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path
from statistics import median
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import peers
from terminal import Terminal, terminal

WARM_UP = 3
"""Rounds in which what is kept on purpose (tables, modules, highlighters) is brought in."""
SLACK = {"memory": 5_000_000, "threads": 2}
"""What may be more at the end: bytes, by the allocator's own matter; and a thread of the pool for each job that ran beside others."""
ESC, ENTER, TAB, SPACE, CTRL_P = "Escape", "Enter", "Tab", "Space", "C-p"
HOME = (ESC, ESC, ESC, "1", "g")

# By tmux's names; each is pressed once the one before has been drawn.
SCRIPT: Sequence[Sequence[str]] = (
    ("1", "j", "j", "k", "H", *HOME),
    ("3", "j", "j", "z", "z", "a", "a", "m", "m", ENTER, *HOME),
    ("4", "*", "j", "j", "j", ENTER, "o", "R", "-", *HOME),
    ("5", "]", "]", "]", "]", "]", "[", "j", "k", *HOME),
    ("4", "/", "b", "i", "n", ENTER, "n", "N", *HOME),
    ("4", "j", "f", "j", "j", SPACE, *HOME),
    ("2", "j", "k", ENTER, "1", "2", "3", "4", "5", "?", ESC, "w", ESC, "t", ESC, "K", ESC, *HOME),
    ("2", "c", ESC, "x", ESC, "d", ESC, "L", ESC, *HOME),
    ("1", "t", ESC, "c", "x", TAB, TAB, ESC, "x", ESC, "L", ESC, "d", ESC, *HOME),
    (
        "1",
        SPACE,
        "j",
        SPACE,
        "=",
        "1",
        "j",
        "i",
        "2",
        "*",
        "j",
        ENTER,
        ESC,
        "3",
        "j",
        "i",
        "4",
        "x",
        ESC,
        "s",
        ESC,
        *HOME,
    ),
    ("?", ESC, CTRL_P, "t", "h", ESC, "r", "+", "_", "y", *HOME),
)


@dataclass(frozen=True)
class Held:
    """What a process holds, at one moment."""

    memory: int  # bytes, resident
    threads: int
    descriptors: int  # but for those of the cache's files: a Catalog keeps the newest stacks, and no more than it may
    watches: int  # of inotify
    children: int
    files: int  # in its folder for temporary files, and beside its store's blobs

    @classmethod
    def by(cls, pid: int, folder: Path) -> Held:
        """Count it."""
        proc = Path(f"/proc/{pid}")
        status = (proc / "status").read_text()
        notes = ""
        for fd in (proc / "fdinfo").iterdir():
            with suppress(OSError):
                notes += fd.read_text()
        parents = [re.search(r"\) \S (\d+)", stat) for stat in map(_text, Path("/proc").glob("[0-9]*/stat"))]
        temporary = [folder / "tmp", folder / "store" / "tmp"]
        return cls(
            int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024,
            int(re.findall(r"Threads:\s+(\d+)", status)[0]),
            sum("/cache/" not in _leads_to(fd) for fd in (proc / "fd").iterdir()),
            notes.count("inotify wd:"),
            sum(found is not None and int(found[1]) == pid for found in parents),
            sum(len(list(one.rglob("*"))) for one in temporary if one.is_dir()),
        )


def _leads_to(fd: Path) -> str:
    try:
        return str(fd.readlink())
    except OSError:
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


class Others:
    """Another user of the store: one verb after another, each in a process of its own."""

    def __init__(self, host: peers.Program) -> None:
        self._host = host
        self._pause, self._at_rest, self._over = Event(), Event(), Event()
        self._thread = Thread(target=self._work)
        self.done = 0
        self.failed: list[str] = []

    def _say(self, *words: str) -> None:
        done = self._host.run(*words, check=False)
        self.done += 1
        if done.returncode:
            self.failed.append(f"{' '.join(words)}: {done.stderr!r}")
            sys.stderr.write(f"flaw: {self.failed[-1]}\n")

    def _work(self) -> None:
        for number in count(1):
            name = f"soak-{number}"
            self._say("create", "--name", name, "busybox", "sh", "-c", "while :; do date; date > /seen; sleep 1; done")
            self._say("write", name, "/etc/motd", "/etc/hostname")
            self._say("start", name)
            self._say("exec", name, "sh", "-c", "echo hello; mkdir -p /a/b/c; echo x > /a/b/c/d")
            self._say("pause", name)
            self._say("unpause", name)
            self._say("commit", name, "soaked:1")
            self._say("stop", "-t", "0", name)
            self._say("rm", "-f", name)
            self._say("rmi", "soaked:1")
            while self._pause.is_set() and not self._over.is_set():
                self._at_rest.set()
                time.sleep(0.05)
            if self._over.is_set():
                return

    @contextmanager
    def working(self) -> Iterator[None]:
        """As long as this is open."""
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Everything that they made is gone, and nothing new comes."""
        self._at_rest.clear()
        self._pause.set()
        self._at_rest.wait()
        try:
            yield
        finally:
            self._pause.clear()


def _drawn(screen: Terminal, quiet: float, most: float) -> None:
    """Wait until nothing new has been drawn for a while, or for the most if it never rests."""
    shown, end = "", time.monotonic() + most
    while (now := screen.screen()) != shown and time.monotonic() < end:
        shown = now
        time.sleep(quiet)


def soak(folder: Path, minutes: float, script: Sequence[Sequence[str]] = SCRIPT) -> tuple[list[Held], Others]:
    """What the screen's process held after each round, and what the others did."""
    host = peers.program(folder / "store")
    (folder / "tmp").mkdir()
    host.run("demo", "--no-ui")
    host.run("create", "--name", "stays", "busybox", "sh")
    others, found = Others(host), []
    end = time.monotonic() + 60 * minutes
    argv, env = (*host.tool.argv, "--store", host.store), {"TMPDIR": str(folder / "tmp")}
    with terminal(argv, folder, size=(160, 45), env=env) as screen, others.working():
        pid = int(screen.tmux.text("display-message", "-p", "#{pane_pid}"))
        screen.wait("busybox:latest", "stays")
        while time.monotonic() < end or len(found) < WARM_UP + 3:
            for keys in script:
                for key in keys:
                    screen.press(key)
                    _drawn(screen, 0.1, 1)
                screen.wait("1 Images", "stays", gone=["Cancel"])  # home, and alive
            with others.resting():
                _drawn(screen, 1, 10)
                found.append(Held.by(pid, folder))
                sys.stderr.write(f"{len(found)}: {found[-1]} after {others.done} verbs of others\n")
        screen.press("q")
        while not screen.ended:
            time.sleep(0.1)
    for name in host.text("ps", "-aq").split():
        host.run("rm", "-f", name)
    return found, others


def grown(found: Sequence[Held]) -> list[str]:
    """What there is more of at the end than after the warm-up."""
    flaws = []
    half = len(found) // 2
    last = found[-3:]
    for one in fields(Held):
        # Caches of bounded size go on filling for a while; memory is compared with what it was half way.
        warm = found[half - 1 : half + 2] if one.name == "memory" else found[WARM_UP : WARM_UP + 3]
        before, after = ([getattr(held, one.name) for held in some] for some in (warm, last))
        more = median(after) - median(before) if one.name == "memory" else min(after) - max(before)
        if more > SLACK.get(one.name, 0):
            flaws.append(f"{one.name}: {before} became {after}")
    return flaws


def report_line(found: Sequence[Held], others: Others, minutes: float) -> str:
    """What was done and what is held after it, in a line."""
    begun, end = found[WARM_UP], found[-1]
    return (
        f"the screen left open for {minutes:g} minutes, keys over all of it, {others.done:,} verbs of others; it held "
        f"{begun.memory / 1e6:.0f} MB after {WARM_UP + 1} rounds and {end.memory / 1e6:.0f} MB after all, "
        f"{end.threads} threads, {end.descriptors} descriptors, {end.watches} watches, {end.children} children, {end.files} files"
    )


def main() -> int:
    """Soak for so long, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        found, others = soak(Path(folder), minutes)
    flaws = grown(found) + others.failed
    sys.stdout.write("\n    ".join([f"{report_line(found, others, minutes)}; {len(found)} rounds", *flaws]) + "\n")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
