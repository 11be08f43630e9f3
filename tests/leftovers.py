"""What containers of a test session have left on the machine: processes, mounts, cgroups."""

import getpass
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

STORES = ("store", "other-store", "*/store", "*/*/store", "*/other-store")
NOTED: set[str] = set()


def note(folder: Path) -> None:
    """Remember the containers whose stores are below a folder that is about to be removed."""
    NOTED.update(_containers(folder))


def left_behind(folder: Path, patience: float = 10.0, *, noted: Iterable[str] = ()) -> list[str]:
    """Processes and mounts of the `noted` containers, or of those whose store is below the folder; a shim may be about to end."""
    ids = {*noted, *_containers(folder)}
    end = time.monotonic() + patience
    while left := sorted({*_processes(ids, folder), *_mounts(folder), *cgroups(ids)}):
        if time.monotonic() > end:
            return left
        time.sleep(0.1)
    return []


def _containers(folder: Path) -> Iterator[str]:
    """The IDs that were ever created there: each store keeps a journal."""
    for pattern in STORES:
        for log in folder.glob(f"{pattern}/events/log*"):
            for line in log.read_bytes().splitlines():
                with suppress(ValueError):  # a line that a test has torn
                    event = json.loads(line)
                    yield from [event["id"]] if event["type"] == "container" else []


def _processes(ids: set[str], folder: Path) -> Iterator[str]:
    """Shims and runtimes, by the folders that their command lines name."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                words = os.fsdecode((entry / "cmdline").read_bytes()).split("\0")
                if any(one in word for word in words for one in ids):
                    yield f"process {entry.name}: {' '.join(words)[:200]}"
                elif any("shim.py" in word for word in words) and any(str(folder) in word for word in words):
                    yield f"shim {entry.name}: {' '.join(words)[:200]}"


def _mounts(folder: Path) -> Iterator[str]:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    yield from (f"mount {line}" for line in lines if str(folder) in line)


def cgroups(ids: set[str]) -> Iterator[str]:
    """Those of these containers, while others may come and go."""
    for root, folders, _ in os.walk("/sys/fs/cgroup"):
        yield from (f"cgroup {root}/{name}" for name in folders if name in ids or name.partition("-")[2] in ids)


def left_by_the_last_sessions(count: int = 2) -> list[str]:
    """What the last test sessions of this user have left, each in its folder below pytest's."""
    sessions = Path(tempfile.gettempdir(), f"pytest-of-{getpass.getuser()}").glob("pytest-*[0-9]")
    last = sorted(sessions, key=lambda session: int(session.name.rpartition("-")[2]))[-count:]
    folders = [folder for session in last for folder in (session, *session.glob("popen-*"))]
    everything = Path(tempfile.gettempdir(), f"pytest-of-{getpass.getuser()}")
    return [line for folder in (everything, *folders) for line in left_behind(folder)]
