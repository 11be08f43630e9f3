"""Verbs ended, or failed, at a system call: what is in the store afterwards, and is it what was there before or what was to be.

strace does the deed: `inject=rename:signal=KILL:when=3` kills at the third rename, before it is done; `inject=write:error=ENOSPC`
fails a call as a full disk does. A verb's calls are counted first, so each of them gets its turn.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders import docker_archive, file, folder, image, layer
from command_line import layertui
from layertui.core.streams.atomic import TEMPORARY

CALLS = (
    "write", "pwrite64", "sendfile", "copy_file_range", "ftruncate", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "link", "linkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "symlink", "symlinkat", "mknodat", "chmod", "fchmod", "fchmodat",
    "fchown", "fchownat", "utimensat", "setxattr", "fsetxattr", "syncfs",
)  # fmt: skip
FAILURES = {
    "ENOSPC": ("write", "sendfile", "copy_file_range", "fsync", "mkdir", "mkdirat", "mknodat", "rename", "renameat"),
    "EIO": ("write", "fsync", "fdatasync", "rename", "syncfs"),
    "EROFS": ("mkdir", "rename", "renameat", "unlink", "unlinkat"),
}
BASE = layer([folder("etc"), file("etc/motd", b"hello\n" * 500), file("etc/old", b"old\n")])
TOP = layer([file("etc/motd", b"new\n"), folder("srv"), file("srv/app", bytes(70_000))])
State = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """A verb on a store that was made ready for it."""

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    stdin: bytes = b""
    piecemeal: bool = False
    """Whether it puts many things in, each of them whole: some may be there and others not."""


LOADED = ("load", "{archives}/one.tar")
CREATED = ("create", "--name", "box", "one:1", "true")
STORIES = {
    "load": Story(("load", "{archives}/two.tar"), (LOADED,)),
    "load into nothing": Story(("load", "{archives}/two.tar")),
    "load of a stream": Story(("load", "-"), (LOADED,)),
    "load that moves a tag": Story(("load", "{archives}/moved.tar"), (LOADED,)),
    "import": Story(("import", "-", "three:1"), (LOADED,)),
    "save": Story(("save", "-o", "{out}/saved.tar", "one:1"), (LOADED,)),
    "tag": Story(("tag", "one:1", "two:1"), (LOADED,)),
    "rmi": Story(("rmi", "one:1"), (LOADED, ("load", "{archives}/two.tar"))),
    "gc": Story(("gc",), (LOADED, ("load", "{archives}/two.tar"), ("rmi", "one:1"))),
    "create": Story(CREATED, (LOADED,)),
    "write": Story(("write", "box", "/etc/motd"), (LOADED, CREATED), b"written\n" * 1000),
    "write again": Story(
        ("write", "box", "/etc/motd"), (LOADED, CREATED, ("write", "box", "/etc/motd", "{archives}/text")), b"2\n"
    ),
    "mkdir": Story(("mkdir", "-p", "box", "/a/b/c"), (LOADED, CREATED)),
    "unlink": Story(("unlink", "box", "/etc/old"), (LOADED, CREATED)),
    "unlink a folder": Story(
        ("unlink", "-r", "box", "/etc"), (LOADED, CREATED, ("write", "-p", "box", "/etc/x/y", "{archives}/text"))
    ),
    "cp in": Story(("cp", "{archives}/text", "box:/etc/text"), (LOADED, CREATED)),
    "commit": Story(("commit", "box", "four:1"), (LOADED, CREATED, ("write", "box", "/etc/new", "{archives}/text"))),
    "cp a tree in": Story(("cp", "{archives}", "box:/srv"), (LOADED, CREATED), piecemeal=True),
    "export": Story(("export", "-o", "{out}/flat.tar", "box"), (LOADED, CREATED)),
    "rm": Story(("rm", "box"), (LOADED, CREATED, ("write", "box", "/etc/new", "{archives}/text"))),
}


@dataclass(frozen=True)
class Point:
    """Where a verb is struck: at the n-th call of a kind; killed where there is no `error`."""

    call: str
    number: int
    error: str = ""

    def __str__(self) -> str:
        return f"{self.error or 'killed'} at {self.call} {self.number}"


class Theatre:
    """Plays one story again and again, struck at another point each time."""

    def __init__(self, folder_: Path, story: Story) -> None:
        self.folder, self.story = folder_, story
        self.archives = folder_ / "archives"
        self.archives.mkdir(parents=True)
        docker_archive(image([BASE], tags=["one:1"]), self.archives / "one.tar")
        docker_archive(image([BASE, TOP], tags=["two:1"]), self.archives / "two.tar")
        docker_archive(image([TOP], tags=["one:1"]), self.archives / "moved.tar")
        (self.archives / "text").write_bytes(b"text\n")
        self.stage, self.out, self.ready = folder_ / "stage", folder_ / "out", folder_ / "ready"
        for words in story.before:
            layertui(*self._filled(words), store=self.ready).ok()
        self.stdin = (self.archives / "two.tar").read_bytes() if story.words == ("load", "-") else story.stdin
        self._set()
        self.before = self.state()
        self.calls = self._count()
        self.after = self.state()

    def points(self) -> Iterator[Point]:
        """Every point at which this story can be struck."""
        for call, times in sorted(self.calls.items()):
            for number in range(1, times + 1):
                yield Point(call, number)
                yield from (Point(call, number, error) for error, calls in FAILURES.items() if call in calls)

    def strike(self, point: Point) -> list[str]:
        """What was wrong after the verb was struck there; nothing where all was well."""
        self._set()
        how = f"error={point.error}" if point.error else "signal=KILL"
        done = self._run(f"trace={point.call}", "-e", f"inject={point.call}:{how}:when={point.number}")
        flaws = []
        if point.error:
            if b"Traceback" in done.stderr or b"unexpected " in done.stderr:
                flaws.append(f"said {done.stderr[:300]!r}")
            if done.returncode not in {0, 1}:
                flaws.append(f"exit {done.returncode}")
        silenced = (
            point.call == "write" and not done.stderr
        )  # strace counts in each thread: the line itself could not be written
        if (
            point.error
            and done.returncode
            and not silenced
            and not re.search(rb"^error: [^\n]+\n\Z", done.stderr, re.MULTILINE)
        ):
            flaws.append(f"exit {done.returncode}, and said {done.stderr[:200]!r}")
        checked = layertui("fsck", store=self.stage)
        if self.stage.exists() and checked.code:
            flaws.append(f"fsck: {checked.text}{checked.err}")
        found = self.state()
        allowed = [self.after] if done.returncode == 0 else [self.before, self.after]
        if found not in allowed and not (self.story.piecemeal and done.returncode and self._is_between(found)):
            flaws.append(f"neither before nor after: {found}")
        again = self._run()
        if again.returncode and found == self.before:
            flaws.append(f"a second try fails: {again.stderr[:200]!r}")
        return [f"{point}: {flaw}" for flaw in flaws]

    def _is_between(self, found: State) -> bool:
        """Whether every file of a container is as it was or as it was to be, and all else is as it was."""
        known = {
            one[0]: {*one[2], *other[2]}
            for one, other in zip(self.before["containers"], self.after["containers"], strict=True)
        }
        same = {key: value for key, value in found.items() if key != "containers"}
        return same == {key: self.before[key] for key in same} and all(
            {*one[2]} <= known[one[0]] for one in found["containers"]
        )

    def traced(self, calls: str) -> str:
        """The calls of one undisturbed run, each with the paths of its files."""
        self._set()
        log = self.folder / "traced"
        done = self._run(f"trace={calls}", "-y", "-o", str(log))
        assert done.returncode == 0, done.stderr
        return log.read_text(errors="replace")

    def state(self) -> State:
        """All that a user can see of a store, less what is new each time."""
        # What is being written lies beside, under a name that nobody asked for.
        done = [path for path in self.out.iterdir() if not path.name.startswith(TEMPORARY)]
        state: State = {"out": {path.name: path.read_bytes() for path in done}}
        if not (self.stage / "index.json").exists():
            return state | {"images": [], "containers": []}
        listed = layertui("--json", "images", store=self.stage).ok().json
        state["images"] = sorted((row["tags"], row["size"], row["diff_ids"]) for row in listed)
        state["containers"] = []
        for row in layertui("--json", "ps", "-a", store=self.stage).ok().json:
            seen = layertui("--json", "ls", "-R", "--digest", f"container:{row['id']}", store=self.stage).ok().json
            files = [(entry["path"], entry["type"], entry.get("sha256")) for entry in seen]
            state["containers"].append((row["name"], row["status"], files))
        return state

    def _set(self) -> None:
        for path in (self.stage, self.out):
            shutil.rmtree(path, ignore_errors=True)
        self.out.mkdir()
        if self.ready.exists():
            shutil.copytree(self.ready, self.stage, symlinks=True)

    def _count(self) -> Counter[str]:
        log = self.folder / "calls"
        done = self._run(f"trace={','.join(CALLS)}", "-o", str(log))
        assert done.returncode == 0, done.stderr
        # What Python writes before our store is known, and our answer on stdout, are no matter of the store.
        return Counter(re.findall(r"^(?:\d+ +)?(\w+)\((?!1,|2,)", log.read_text(errors="replace"), re.MULTILINE))

    def _run(self, *how: str) -> subprocess.CompletedProcess[bytes]:
        words = [sys.executable, "-m", "layertui", "--store", str(self.stage), *self._filled(self.story.words)]
        traced = ["strace", "-f", "-qq", "-e", *how, *(["-o", "/dev/null"] if "-o" not in how else [])] if how else []
        return subprocess.run([*traced, *words], input=self.stdin, capture_output=True, check=False, timeout=120)

    def _filled(self, words: Sequence[str]) -> list[str]:
        return [word.format(archives=self.archives, out=self.out) for word in words]
