"""Time ours beside a peer: alternating runs, so that what else the machine does meets both."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path

from lines import Figure

Run = Callable[[], float]

LONG = 3.0
"""Seconds; what takes so long is not run again: the load of other work averages out over it."""

# Without byte code on the disk every run would compile us anew, which no user's does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def by_turns(rounds: int, *runs: Run) -> list[Figure]:
    """Run some things in their order, the last of them, the peer, first in every other round. What is long runs once."""
    taken: list[list[float]] = [[] for _ in runs]
    for number in range(rounds):
        turn = list(zip(taken, runs, strict=True))
        for times, run in turn if number % 2 == 0 else [turn[-1], *turn[:-1]]:
            if not times or times[0] < LONG:
                times.append(run())
    return [Figure(tuple(times)) for times in taken]


def process(
    argv: Sequence[str | Path],
    *,
    before: Callable[[], object] | None = None,
    env: Mapping[str, str] | None = None,
    good: Container[int] = (0,),
) -> Run:
    """Time a whole process, from fork to exit; `before` is not timed. RuntimeError for an exit code that is not good."""

    def run() -> float:
        if before is not None:
            before()
        start = time.perf_counter()
        done = subprocess.run(
            list(map(str, argv)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            env={**os.environ, **(env or {})},
        )
        took = time.perf_counter() - start
        if done.returncode not in good:
            raise RuntimeError(f"{' '.join(map(str, argv))}: {done.stderr.decode(errors='replace')[-500:]}")
        return took

    return run


# A process begins with what its parent had: this one has little.
_SPAWN = """
import os, sys
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
sys.stderr.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_memory(argv: Sequence[str | Path]) -> Figure:
    """Give the megabytes that a process had at most."""
    spawning = [sys.executable, "-I", "-S", "-c", _SPAWN, *map(str, argv)]
    done = subprocess.run(spawning, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return Figure((int(done.stderr.split()[-1]) / 1024,), "MB")
