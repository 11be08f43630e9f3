"""Fifty containers at once: started, listed, and what each costs while it runs; and one made without a start of Python."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import OURS, Bench
from lines import Figure, Line
from timing import by_turns, process

import peer_daemons
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings

MANY = 50
_WORKLOAD = ("busybox", "sleep", "1000")


def crowd(bench: Bench, docker: peer_daemons.Daemon) -> Iterator[Line]:
    """Beside a docker that has the same busybox. The containers go with the store's folder and the daemon's."""
    ours: list[str | Path] = [OURS, "--store", bench.store]
    theirs, env = list(docker.client.argv), {**os.environ, **(docker.client.env or {})}
    _remove_all(ours)
    how = ["run", "-d", *_WORKLOAD]
    started = Figure((_all_at_once([*ours, *how], dict(os.environ)),))
    there = Figure((_all_at_once([*theirs, "run", "-d", "--network", "none", *_WORKLOAD], env),))
    yield Line(f"{MANY} of `run -d busybox`, begun at once", started, "docker", there, "<= 10000 ms", "<= 5000 ms")

    listed, peer = by_turns(bench.rounds * 2, bench.ours("ps"), process([*theirs, "ps"], env=docker.client.env))
    yield Line(f"`ps` of {MANY} that run", listed, "`docker ps`, a Go client", peer, "<= 100 ms", "<= 75 ms")

    states = [json.loads(file.read_bytes()) for file in (bench.store / "containers").glob("*/run/state")]
    shims = _resident([state["shim"] for state in states])
    yield Line("memory of one that runs: its shim", shims, "containerd-shim", _resident(_shims_of(docker)), "<= 12 MB")

    _remove_all(ours)
    yield Line("`create busybox`, inside the process", Figure(tuple(_created(bench))), must="<= 10 ms", aim="<= 5 ms")


def _all_at_once(argv: Sequence[str | Path], env: dict[str, str]) -> float:
    """Seconds until the last of MANY is done."""
    begin = time.perf_counter()
    running = [subprocess.Popen(argv, stdout=subprocess.DEVNULL, env=env) for _ in range(MANY)]
    codes = [one.wait() for one in running]
    if any(codes):
        raise RuntimeError(f"{len([code for code in codes if code])} of {MANY} did not start")
    return time.perf_counter() - begin


def _remove_all(ours: Sequence[str | Path]) -> None:
    done = subprocess.run([*ours, "ps", "-aq"], check=True, capture_output=True, text=True)
    subprocess.run([*ours, "rm", "-f", *done.stdout.split()], check=True, capture_output=True)


def _resident(pids: Sequence[int]) -> Figure:
    """Megabytes that each has in memory, shared libraries included."""
    status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return Figure(tuple(int(one.partition("VmRSS:")[2].split()[0]) / 1024 for one in status), "MB")


def _shims_of(docker: peer_daemons.Daemon) -> list[int]:
    """One process for each container of the daemon's."""
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    mark = os.fsencode(docker.folder)
    return [pid for pid in found if b"containerd-shim" in (words := _words(pid)) and mark in words]


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _created(bench: Bench) -> Iterator[float]:
    """Seconds that each of some creates takes, the first of which imports what it needs."""
    with Inspector(Settings(store=bench.store)) as inspector:
        for number in range(bench.rounds * 4 + 1):
            begin = time.perf_counter()
            made = inspector.containers.create("busybox", CreateOptions())
            if number:
                yield time.perf_counter() - begin
            inspector.containers.remove(made.id)
