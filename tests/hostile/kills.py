"""Verbs ended, or failed, at a system call: what is in the store afterwards, and is it what was there before or what was to be.

strace does it: `inject=rename:signal=KILL:when=3` kills at the third rename, before it is done; `inject=write:error=ENOSPC`
fails a call as a full disk does. A verb's calls are counted first, so each of them gets its turn.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from builders import docker_archive, image
from command_line import layertui
from hostile.stories import BASE, TOP, Story
from layertui.core.fs.atomic import TEMPORARY

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
MOMENTS = 20  # at which each story is killed, besides at its calls
State = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """Where a verb is struck: at the n-th call of a kind, or without one at a moment of chance; killed where there is no `error`."""

    call: str
    number: int
    error: str = ""

    def __str__(self) -> str:
        return f"{self.error or 'killed'} at {self.call or 'moment'} {self.number}"


class Theatre:
    """Plays one story again and again, struck at another point each time."""

    def __init__(self, folder_: Path, story: Story) -> None:
        self.folder, self.story = folder_, story
        self.archives = folder_ / "archives"
        self.archives.mkdir(parents=True)
        docker_archive(image([BASE], tags=["one:1"]), self.archives / "one.tar")
        docker_archive(image([BASE, TOP], tags=["two:1"]), self.archives / "two.tar")
        docker_archive(image([TOP], tags=["one:1"]), self.archives / "moved.tar")
        docker_archive([image([BASE], tags=["one:1"]), image([TOP], tags=["two:1"])], self.archives / "both.tar")
        (self.archives / "text").write_bytes(b"text\n")
        self.stage, self.out, self.ready = folder_ / "stage", folder_ / "out", folder_ / "ready"
        for words in story.before:
            layertui(*self._filled(words), store=self.ready).ok()
        if self.ready.exists():
            story.prepare(self.ready)
        self.stdin = (self.archives / "two.tar").read_bytes() if story.words == ("load", "-") else story.stdin
        self._set()
        self.before = self.state()
        self.calls = self._count()
        self.after = self.state()

    @cached_property
    def took(self) -> float:
        """How many seconds it takes undisturbed."""
        self._set()
        begun = time.monotonic()
        self._run()
        return time.monotonic() - begun

    def points(self) -> Iterator[Point]:
        """Every point at which this story can be struck."""
        for call, times in sorted(self.calls.items()):
            for number in range(1, times + 1):
                yield Point(call, number)
                yield from (Point(call, number, error) for error, calls in FAILURES.items() if call in calls)
        yield from (Point("", number) for number in range(MOMENTS))

    def strike(self, point: Point) -> list[str]:
        """What was wrong after the verb was struck there; nothing where all was well."""
        moment = 0.0 if point.call else self._moment(point)
        self._set()
        done = self._struck(point, moment)
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
        if not self.story.over_another and (left := list(self.out.rglob(f"{TEMPORARY}*"))):
            flaws.append(f"left {left}")
        found = self.state()
        allowed = [self.after] if done.returncode == 0 else [self.before, self.after]
        if found not in allowed and not (self.story.piecemeal and done.returncode and self._is_between(found)):
            flaws.append(f"neither before nor after: {found}")
        if found == self.before and (again := self._run()).returncode:
            flaws.append(f"a second try fails: {again.stderr[:200]!r}")
        return [f"{point}: {flaw}" for flaw in flaws]

    def _moment(self, point: Point) -> float:
        """How many seconds after its begin it is killed; its first half is Python's start."""
        return self.took * (0.4 + 0.6 * random.Random(point.number).random())

    def _struck(self, point: Point, moment: float = 0.0) -> subprocess.CompletedProcess[bytes]:
        if point.call:
            how = f"error={point.error}" if point.error else "signal=KILL"
            return self._run(f"trace={point.call}", "-e", f"inject={point.call}:{how}:when={point.number}")
        argv = self.story.argv(self.stage, self._filled(self.story.words))
        pipe = subprocess.PIPE
        with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.write(self.stdin)
                process.stdin.close()
            time.sleep(moment)
            process.kill()
            process.stdin = None
            out, err = process.communicate()
        return subprocess.CompletedProcess(argv, process.returncode, out, err)

    def _is_between(self, found: State) -> bool:
        """Whether every file of a container, every file outside and every image is as it was or as it was to be."""
        known = {
            one[0]: {*one[2], *other[2]}
            for one, other in zip(self.before["containers"], self.after["containers"], strict=True)
        }
        images = [*self.before["images"], *self.after["images"]]
        outside = {*self.before["out"].items(), *self.after["out"].items()}
        return (
            all(one in images for one in found["images"])
            and {*found["out"].items()} <= outside
            and all({*one[2]} <= known[one[0]] for one in found["containers"])
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
        # Unfinished files are beside the target, with a temporary name.
        done = [path for path in self.out.rglob("*") if not path.name.startswith(TEMPORARY) and path.is_file()]
        state: State = {"out": {os.fspath(path.relative_to(self.out)): path.read_bytes() for path in done}}
        if not (self.stage / "index.json").exists():
            return state | {"images": [], "containers": []}
        listed = layertui("--json", "images", store=self.stage).ok().json
        state["images"] = sorted((row["tags"], row["size"], row["diff_ids"]) for row in listed)
        state["containers"] = []
        for row in layertui("--json", "ps", "-a", store=self.stage).ok().json:
            seen = layertui("--json", "ls", "-R", "--digest", f"container:{row['id']}", store=self.stage).ok().json
            told = ("path", "type", "mode", "uid", "gid", "sha256")
            files = [tuple(entry.get(key) for key in told) for entry in seen]
            state["containers"].append((row["name"], row["status"], files))
        return state

    def _set(self) -> None:
        for path in (self.stage, self.out):
            shutil.rmtree(path, ignore_errors=True)
        self.out.mkdir()
        (self.out / "old.tar").write_bytes(b"older")
        if self.ready.exists():
            subprocess.run(["cp", "-a", self.ready, self.stage], check=True)  # knows whiteouts, too

    def _count(self) -> Counter[str]:
        log = self.folder / "calls"
        done = self._run(f"trace={','.join(CALLS)}", "-o", str(log))
        assert done.returncode == 0, done.stderr
        # What Python writes before our store is known, and our answer on stdout, are no matter of the store.
        return Counter(re.findall(r"^(?:\d+ +)?(\w+)\((?!1,|2,)", log.read_text(errors="replace"), re.MULTILINE))

    def _run(self, *how: str) -> subprocess.CompletedProcess[bytes]:
        words = self.story.argv(self.stage, self._filled(self.story.words))
        strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", *how, *(["-o", "/dev/null"] if "-o" not in how else [])]
        argv = [*(strace if how else []), *words]
        return subprocess.run(argv, input=self.stdin, capture_output=True, check=False, timeout=120)

    def _filled(self, words: Sequence[str]) -> list[str]:
        return [word.format(archives=self.archives, out=self.out) for word in words]
