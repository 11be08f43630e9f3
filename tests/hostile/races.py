"""Races against a container that runs: it exchanges what we look at as fast as it can, while a verb is run a thousand times.

`test_swaps.py` gives the container its turn at each single call of a verb; here it has a processor of its own, as a real one has.
The one that exchanges is a process beside, in the container's root: what it does there, a process inside could do.
"""

from __future__ import annotations

import ctypes
import io
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SECRET = b"what only the host may read\n"
_EXCHANGE = 2


def exchange(folder: Path, secret: Path, kind: str) -> None:
    """Never ends: what is below the folder changes places with links out of the container, pipes and devices; so do our temporary files."""
    renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    aside = folder.parent / "tmp"
    others = {"symlink to a file": secret, "symlink to a folder": secret.parent}
    for name, target in others.items():
        os.symlink(target, aside / name)
    os.mkfifo(aside / "pipe")
    with suppress(OSError):
        os.mknod(aside / "device", stat.S_IFBLK | 0o600, os.makedev(0, 77))
    swaps = [
        (folder / "d", "symlink to a folder"),
        (folder / "d/e", "symlink to a folder"),
        (folder / "d/e/file", "pipe"),
    ]
    swaps += [(folder / "d/e/file", "symlink to a file"), (folder / "d/e/file", "device")]
    number = 0
    while True:
        for path, other in swaps if kind == "paths" else ():
            for _ in range(2):
                renameat2(-100, bytes(path), -100, bytes(aside / other), _EXCHANGE)
                number += 1
                if number % 7 == 0:
                    time.sleep(0.0003)
        for place in (folder, folder / "d", folder / "d/e"):
            with suppress(OSError):
                for name in os.listdir(place):
                    if name.startswith(".layertui-"):
                        os.rename(place / name, aside / f"taken-{number}")
                        os.symlink(secret, place / name)


class Race:
    """One container that runs, and the one that exchanges."""

    def __init__(self, containers: Any, container: Any, secret: Path) -> None:
        self.containers, self.container, self.secret = containers, container, secret
        self.root = Path(f"/proc/{container.pid}/root")
        self.layer = containers.files.writable_layer(container.id)

    def write(self, number: int) -> None:
        self.layer.write("/race/d/e/file", io.BytesIO(b"x"), mode=0o644, owner=(0, 0), parents=True)

    def write_mounted(self, number: int) -> None:
        self.layer.write("/etc/hosts", io.BytesIO(b"127.0.0.1 localhost\n"))

    def put(self, number: int) -> None:
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as out:
            for name in ("d", "d/e"):
                member = tarfile.TarInfo(name)
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                out.addfile(member)
            member = tarfile.TarInfo("d/e/file")
            member.size = 5
            out.addfile(member, io.BytesIO(b"mine\n"))
        tar.seek(0)
        self.layer.put_tar(tar, "/race")

    def make_and_remove(self, number: int) -> None:
        self.layer.mkdir("/race/d/e/k/l", parents=True)
        self.layer.unlink("/race/d/e/k", recursive=True)

    def change(self, number: int) -> None:
        self.layer.change("/race/d/e/file", mode=0o640 + number % 2, owner=(0, 0))

    def move(self, number: int) -> None:
        self.layer.rename("/race/d/e/file", "/race/d/e/other")
        self.layer.rename("/race/d/e/other", "/race/d/e/file")

    def copy(self, number: int) -> None:
        from layertui.core.containers.rootfs.put_files import copy

        with suppress(Exception):
            self.layer.unlink("/race/to", recursive=True)
        with self.layer._root("/") as inside:
            copy(inside, "/race/d", "/race/to")

    def read(self, number: int) -> None:
        view = self.containers.files.sight(self.container.id).view("/race", deep=True, below=False)
        for path in ("/race/d/e/file", "/race/d/file"):
            entry = view.get(path)
            if entry is not None and entry.kind.word == "file":
                with view.stack.open(entry) as file:
                    if SECRET in file.read():
                        raise AssertionError("a secret of the host's was read")

    def export(self, number: int) -> None:
        out = io.BytesIO()
        with suppress(OSError):
            self.containers.files.export(self.container.id, out)
        if SECRET in out.getvalue():
            raise AssertionError("a secret of the host's was exported")

    def diff(self, number: int) -> None:
        list(self.containers.files.diff(self.container.id))


RACES: dict[str, Callable[[Race, int], None]] = {
    "a file written": Race.write,
    "a mounted file written": Race.write_mounted,
    "a tar put in": Race.put,
    "folders made and removed": Race.make_and_remove,
    "mode and owner changed": Race.change,
    "a file moved": Race.move,
    "a folder copied": Race.copy,
    "a file read": Race.read,
    "an export": Race.export,
    "a diff": Race.diff,
}


@contextmanager
def running(folder: Path, runtime: str) -> Iterator[Race]:
    """A container with a folder to race for, and a secret beside it on the host."""
    from containing import engine_at, options
    from layertui.core.progress import quiet

    (folder / "host").mkdir(parents=True)
    secret = folder / "host" / "file"
    secret.write_bytes(SECRET)
    secret.chmod(0o600)
    made = engine_at(folder / "store", runtime)
    image = made.images.open("box:1", None, quiet())
    container = made.containers.lifecycle.start(made.containers.create(image, "box:1", options("sleep", "6000")).id)
    try:
        yield Race(made.containers, container, secret)
    finally:
        made.containers.remove(container.id, force=True)


def flaws_of(name: str, race: Race, rounds: int) -> list[str]:
    """Run a verb so many times while the container exchanges; what has gone wrong."""
    from layertui.core.errors import LayertuiError

    top = race.root / "race"
    subprocess.run(["rm", "-rf", top, race.root / "tmp"], check=True)
    (race.root / "tmp").mkdir(mode=0o1777)
    (top / "d/e").mkdir(parents=True)
    (top / "d/e/file").write_text("the container's\n")
    kind = "temporaries" if name == "a mounted file written" else "paths"
    place = race.root / "etc" if kind == "temporaries" else top
    exchanging = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(Path(__file__).parent.parent), str(place), str(race.secret), kind]
    )
    found, failed, before = [], 0, race.secret.lstat()
    try:
        for number in range(rounds):
            began = time.monotonic()
            try:
                RACES[name](race, number)
            except LayertuiError:
                failed += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a flaw, and is told
                found.append(f"{type(error).__name__}: {error}")
            if time.monotonic() - began > 10:
                found.append(f"round {number} took {time.monotonic() - began:.0f} s")
            if len(found) > 3:
                break
        if exchanging.poll() is not None:
            found.append("nobody exchanged anything")
    finally:
        exchanging.kill()
        exchanging.wait()
    after = race.secret.lstat()
    if race.secret.read_bytes() != SECRET or sorted(os.listdir(race.secret.parent)) != ["file"]:
        found.append("the host's files were changed")
    if any(getattr(before, one) != getattr(after, one) for one in ("st_mode", "st_uid", "st_nlink", "st_mtime_ns")):
        found.append("the host's file has other attributes")
    for path in (race.root / "etc/hosts", *(top.rglob("file*") if top.is_dir() else ())):
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            if stat.S_ISREG(os.fstat(fd).st_mode) and SECRET in os.read(fd, 10_000):
                found.append(f"a secret of the host's is in {path}")
            os.close(fd)
    if failed == rounds and kind == "paths":
        found.append("no round came to its end: nothing was tried")
    return found


_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from hostile.races import exchange
exchange(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
"""


def all_races(runtime: str, rounds: int) -> Iterator[tuple[str, list[str]]]:
    """Each race with this runtime, in one container after the other."""
    for name in RACES:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            running(Path(folder) / "r", runtime) as race,
        ):
            yield name, flaws_of(name, race, rounds)
