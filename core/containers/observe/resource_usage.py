"""Resource use of a container: from its cgroup if it has one, otherwise summed over its processes.

A reading holds counters at one moment; rates are computed from two of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layertui.core.containers.model.process_identity import Process, inside, namespaces_of, stat_of

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class UsageSample:
    """Counters at a moment; in bytes unless documented otherwise."""

    at: float
    """Seconds of the monotonic clock."""
    cpu: float
    """Seconds of CPU time."""
    memory: int
    limit: int
    """The memory limit: its own, or the machine's memory."""
    received: int
    sent: int
    read: int
    written: int
    pids: int


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """What a container uses: seconds of CPU, bytes of memory, bytes read and written, processes."""

    now: UsageSample
    cpu_percent: float
    """Percent of one CPU, as in docker: two busy CPUs are 200."""

    @property
    def memory_percent(self) -> float:
        """Percent of the memory limit."""
        return 100 * self.now.memory / self.now.limit if self.now.limit else 0.0


def between(before: UsageSample, now: UsageSample) -> ResourceUsage:
    """The usage between two samples."""
    span = now.at - before.at
    return ResourceUsage(now, max(0.0, 100 * (now.cpu - before.cpu) / span) if span > 0 else 0.0)


def reading(container_id: str, first: Process) -> UsageSample | None:
    """The counters of a running container; None if it has ended."""
    processes = inside(first)
    if not processes:
        return None
    groups = dict(_cgroups(container_id, first.pid))
    cpu, memory, limit, pids, disk = _of_cgroup(groups) if groups else _of_processes(processes)
    received, sent = _network(first.pid)
    total = _total_memory()
    return UsageSample(
        at=time.monotonic(),
        cpu=cpu,
        memory=memory,
        limit=min(limit, total) if limit else total,
        received=received,
        sent=sent,
        read=disk[0],
        written=disk[1],
        pids=pids,
    )


_Counters = tuple[float, int, int, int, tuple[int, int]]


def _of_processes(processes: list[Process]) -> _Counters:
    """Includes the CPU time of ended children; shared memory counts for each process."""
    ticks = memory = read = written = 0
    for one in processes:
        stat = stat_of(one.pid)
        ticks += stat.ticks + stat.child_ticks if stat is not None else 0
        with suppress(OSError), open(f"/proc/{one.pid}/statm", encoding="ascii") as file:
            memory += int(file.read().split()[1]) * _PAGE
        with suppress(OSError), open(f"/proc/{one.pid}/io", encoding="ascii") as file:
            found = dict(line.split(": ") for line in file)
            read, written = read + int(found["read_bytes"]), written + int(found["write_bytes"])
    return ticks / _TICKS, memory, 0, len(processes), (read, written)


def _cgroups(container_id: str, pid: int) -> Iterator[tuple[str, Path]]:
    """The folder of its own cgroup for each controller of v1; under "" that of v2."""
    with suppress(OSError), open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            folder = Path("/sys/fs/cgroup", controllers) / path.lstrip("/")
            if container_id in path and folder.is_dir():
                yield from ((name, folder) for name in controllers.split(","))


def _of_cgroup(groups: dict[str, Path]) -> _Counters:
    if "memory" not in groups:  # v2
        folder = groups[""]
        cpu = _table(folder / "cpu.stat").get("usage_usec", 0) / 1e6
        memory = _number(folder / "memory.current") - _table(folder / "memory.stat").get("inactive_file", 0)
        return cpu, memory, _number(folder / "memory.max"), _number(folder / "pids.current"), _io_v2(folder / "io.stat")
    folder = groups["memory"]
    memory = _number(folder / "memory.usage_in_bytes") - _table(folder / "memory.stat").get("total_inactive_file", 0)
    cpu = _number(groups.get("cpuacct", folder) / "cpuacct.usage") / 1e9
    pids = _number(groups.get("pids", folder) / "pids.current")
    disk = _io_v1(groups.get("blkio", folder) / "blkio.throttle.io_service_bytes")
    return cpu, memory, _number(folder / "memory.limit_in_bytes"), pids, disk


def _number(path: Path) -> int:
    """The number in a file; 0 if there is none, and for `max`."""
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return 0


def _table(path: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        return {name: int(value) for name, value in (line.split() for line in path.read_text().splitlines())}
    return {}


def _io_v1(path: Path) -> tuple[int, int]:
    words = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    read, written = (sum(int(word[2]) for word in words if word[1:2] == [kind]) for kind in ("Read", "Write"))
    return read, written


def _io_v2(path: Path) -> tuple[int, int]:
    words = path.read_text().split() if path.exists() else []
    found = [word.partition("=") for word in words]
    read, written = (sum(int(value) for name, _, value in found if name == kind) for kind in ("rbytes", "wbytes"))
    return read, written


def _network(pid: int) -> tuple[int, int]:
    """Bytes of all devices but loopback; 0 on the host's network, as in docker."""
    if namespaces_of(pid).get("net") == namespaces_of("self").get("net"):
        return 0, 0
    received = sent = 0
    with suppress(OSError), open(f"/proc/{pid}/net/dev", encoding="utf-8", errors="replace") as file:
        for line in file.readlines()[2:]:
            device, _, rest = line.partition(":")
            numbers = rest.split()
            if device.strip() != "lo":
                received, sent = received + int(numbers[0]), sent + int(numbers[8])
    return received, sent


def _total_memory() -> int:
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(next(file).split()[1]) * 1024
