"""Many at once: processes with mixed verbs on one store, some of them killed, and the screen open on it all the while.

Each of them keeps a ledger of what a verb has said is done; when all have ended, the store must hold that, be sound, and have
nothing left over.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from builders import docker_archive, file, folder, image, layer
from command_line import layertui
from containing import box
from layertui.core.fs.atomic import TEMPORARY
from peers import Missing
from terminal import terminal

CROWD = 16
KILLED = 0.1  # of all verbs
BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 5000)])
THE_SCREEN = "(the screen)"
BUSY = "another layertui is at work"


@dataclass
class Store:
    """What they all work on."""

    path: Path
    archives: Path
    runs: bool
    """Whether containers can be started here."""
    verbs: Counter[str] = field(default_factory=Counter)
    flaws: list[str] = field(default_factory=list)


class Somebody:
    """One who does one thing after another, each in a process of its own, on images and containers that are hers alone."""

    def __init__(self, store: Store, number: int, end: float) -> None:
        self.store, self.me, self.end = store, f"w{number}", end
        self.random = random.Random(number)
        # Names and what is known of them: True if they are there, False if not, None where a kill left that open.
        self.images: dict[str, bool | None] = {}
        self.containers: dict[str, bool | None] = {}
        self.written: dict[str, bytes] = {}
        own = image(
            [BASE, layer([file(self.me, self.me.encode() * 20_000)])], tags=[f"{self.me}:1"], config={"Cmd": ["x"]}
        )
        self.archive = docker_archive(own, store.archives / f"{self.me}.tar")

    def run(self) -> None:
        """Until the time is up."""
        operations: list[tuple[int, Callable[[], None]]] = [
            (4, self.load), (2, self.tag), (2, self.rmi), (3, self.create), (3, self.write), (2, self.read), (2, self.rm),
            (1, self.commit), (1, self.save), (1, self.export), (1, self.import_), (1, self.rename), (1, self.look),
            (2, self.gc), (1, self.fsck), (1, self.start),
        ]  # fmt: skip
        weights, verbs = zip(*operations, strict=True)
        while time.monotonic() < self.end:
            self.random.choices(verbs, weights)[0]()

    def load(self) -> None:
        self._change(self.images, f"{self.me}:1", True, "load", self.archive)

    def import_(self) -> None:
        self._change(self.images, f"{self.me}:3", True, "import", "-", f"{self.me}:3", stdin=BASE)

    def tag(self) -> None:
        if self._one(self.images):
            self._change(self.images, f"{self.me}:2", True, "tag", self._one(self.images), f"{self.me}:2")

    def rmi(self) -> None:
        if name := self._one(self.images):
            self._change(self.images, name, False, "rmi", "-f", name)

    def create(self) -> None:
        if name := self._one(self.images):
            new = f"{self.me}-{self.random.randrange(10**9)}"
            # What is imported names no command.
            self._change(self.containers, new, True, "create", "--name", new, name, "sh")

    def write(self) -> None:
        if name := self._one(self.containers):
            content = self.random.randbytes(3000)
            before = self.written.pop(name, None)
            if self._do("write", name, "/mine", stdin=content):
                self.written[name] = content
            elif before is not None:
                self.containers[name] = None  # it holds the one or the other

    def read(self) -> None:
        if (name := self._one(self.containers)) and name in self.written:
            done = self._said("cat", f"container:{name}", "/mine")
            if done is not None and done != self.written[name]:
                self.store.flaws.append(f"{name} has lost what was written to it")

    def rename(self) -> None:
        if name := self._one(self.containers):
            new = f"{self.me}-{self.random.randrange(10**9)}"
            self.containers[name] = self.containers[new] = None
            content = self.written.pop(name, None)
            if self._do("rename", name, new):
                self.containers[name], self.containers[new] = False, True
                if content is not None:
                    self.written[new] = content

    def rm(self) -> None:
        if name := self._one(self.containers):
            self.written.pop(name, None)
            self._change(self.containers, name, False, "rm", name)

    def commit(self) -> None:
        if name := self._one(self.containers):
            self._change(self.images, f"{self.me}:4", True, "commit", name, f"{self.me}:4")

    def save(self) -> None:
        if name := self._one(self.images):
            self._tar("save", "-o", f"{self.archive}.saved", name)

    def export(self) -> None:
        if name := self._one(self.containers):
            self._tar("export", "-o", f"{self.archive}.saved", name)

    def look(self) -> None:
        self._do(
            *self.random.choice([("images",), ("ps", "-a"), ("df",), ("ls", "-R", "shared:1"), ("history", "shared:1")])
        )

    def gc(self) -> None:
        self._do("gc")

    def fsck(self) -> None:
        self._do("fsck")

    def start(self) -> None:
        if self.store.runs:
            self._do("run", "--rm", "shared:1", "true", kill=False)

    def _tar(self, verb: str, _: str, path: str, name: str) -> None:
        Path(path).unlink(missing_ok=True)
        self._do(verb, "-o", path, name)
        if Path(path).exists():
            with tarfile.open(path) as archive:
                archive.getnames()

    def _one(self, ledger: dict[str, bool | None]) -> str | None:
        there = sorted(name for name, known in ledger.items() if known)
        return self.random.choice(there) if there else None

    def _change(self, ledger: dict[str, bool | None], name: str, to: bool, *words: object, stdin: bytes = b"") -> None:
        ledger[name] = None
        if self._do(*words, stdin=stdin):
            ledger[name] = to

    def _do(self, *words: object, stdin: bytes = b"", kill: bool = True) -> bool:
        return self._said(*words, stdin=stdin, kill=kill) is not None

    def _said(self, *words: object, stdin: bytes = b"", kill: bool = True) -> bytes | None:
        """What a verb said; None where it was killed, or had to give way."""
        argv = [sys.executable, "-m", "layertui", "--store", str(self.store.path), *map(str, words)]
        self.store.verbs[str(words[0])] += 1
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            if kill and self.random.random() < KILLED:
                time.sleep(self.random.random() * 1.5)
                process.send_signal(signal.SIGKILL)
            out, err = process.communicate(stdin, timeout=180)
        if process.returncode == 0:
            return out
        if process.returncode != -signal.SIGKILL and not (words[0] == "gc" and BUSY in err.decode()):
            self.store.flaws.append(
                f"{' '.join(map(str, words))}: exit {process.returncode}: {(err or out).decode()[:300]}"
            )
        return None


def crowd(where: Path, seconds: float, *, screen: bool = True) -> tuple[Counter[str], list[str]]:
    """Let them at it for so many seconds. Gives how often each verb was done, and what was wrong."""
    store = Store(where / "store", where, runs=_runs(where))
    layertui("load", docker_archive(box().tagged("shared:1"), where / "shared.tar"), store=store.path).ok()
    with ExitStack() as opened:
        shown = None
        if screen:
            with suppress(Missing):
                argv = [sys.executable, "-m", "layertui", "--store", store.path]
                shown = opened.enter_context(terminal(argv, where))
                shown.wait("shared")
        end = time.monotonic() + seconds
        people = [Somebody(store, number, end) for number in range(CROWD)]
        with ThreadPoolExecutor(CROWD) as threads:
            for job in [threads.submit(one.run) for one in people]:
                job.result()
        if shown is not None:
            store.verbs[THE_SCREEN] += 1
            if shown.ended:
                store.flaws.append(f"the screen has ended: {shown.screen()[-500:]}")
            shown.press("q")
    store.flaws += _left(store, people)
    return store.verbs, store.flaws


def _runs(where: Path) -> bool:
    try:
        return "bwrap" in layertui("engines", "-v", store=where / "store").ok().text and os.geteuid() == 0
    except AssertionError:
        return False


def _left(store: Store, people: list[Somebody]) -> Iterator[str]:
    """What is not as the ledgers say, not sound, or left over."""
    layertui("gc", store=store.path).ok()
    report = layertui("--json", "fsck", store=store.path).json
    yield from (f"fsck: {one}" for one in (*report["problems"], *report.get("leftovers", ())))
    images = {tag for one in layertui("--json", "images", store=store.path).ok().json for tag in one["tags"]}
    containers = {one["name"] for one in layertui("--json", "ps", "-a", store=store.path).ok().json}
    for one in people:
        for ledger, found in ((one.images, images), (one.containers, containers)):
            yield from (
                f"{name} was there, and is not" for name, known in ledger.items() if known and name not in found
            )
            yield from (
                f"{name} was gone, and is there" for name, known in ledger.items() if known is False and name in found
            )
        for name, content in one.written.items():
            if (
                one.containers.get(name)
                and layertui("cat", f"container:{name}", "/mine", store=store.path).out != content
            ):
                yield f"{name} has lost what was written to it"
    yield from (f"left over: {path}" for path in store.path.rglob(f"{TEMPORARY}*"))
    for path in (path for path in store.path.rglob("*") if path.name == "lock" or path.name.endswith(".lock")):
        with open(path, "rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield f"still held: {path}"
