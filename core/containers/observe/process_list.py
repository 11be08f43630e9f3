"""The processes in a container, as docker's `top` lists them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from layertui.core.containers.model.process_identity import Process, inside, stat_of

_TICKS = os.sysconf("SC_CLK_TCK")
_PTS = range(136, 144)
"""Major numbers of pseudo terminals (Documentation/admin-guide/devices.txt)."""


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process of a container."""

    pid: int
    """The pid on the host."""
    parent: int
    inside: int
    """The pid in the container."""
    uid: int
    """The effective user ID on the host."""
    started: datetime
    seconds: float
    """CPU time."""
    terminal: str | None
    command: tuple[str, ...]


def running(first: Process) -> list[ProcessRow]:
    """Every process of a container, oldest first."""
    boot = _boot_time()
    return [found for one in inside(first) if (found := _read(one, boot)) is not None]


def _read(one: Process, boot: float) -> ProcessRow | None:
    stat = stat_of(one.pid)
    with suppress(OSError, ValueError, IndexError):
        with open(f"/proc/{one.pid}/status", encoding="utf-8", errors="surrogateescape") as file:
            status = {name: value.split() for name, _, value in (line.partition(":") for line in file)}
        with open(f"/proc/{one.pid}/cmdline", "rb") as cmdline:
            words = tuple(os.fsdecode(word) for word in cmdline.read().removesuffix(b"\0").split(b"\0"))
        if stat is None or stat.start_time != one.start_time:
            return None
        return ProcessRow(
            pid=one.pid,
            parent=stat.parent,
            inside=int(status["NSpid"][-1]) if "NSpid" in status else one.pid,
            uid=int(status["Uid"][1]),
            started=datetime.fromtimestamp(boot + stat.start_time / _TICKS, UTC),
            seconds=stat.ticks / _TICKS,
            terminal=_terminal(stat.terminal),
            command=words if words != ("",) else (f"[{' '.join(status['Name'])}]",),
        )
    return None


def _terminal(number: int) -> str | None:
    major, minor = os.major(number), os.minor(number)
    if major in _PTS:
        return f"pts/{(major - _PTS.start) * 256 + minor}"
    return f"tty{minor}" if major == 4 else None


def _boot_time() -> float:
    with open("/proc/stat", encoding="ascii") as file:
        return float(next(line for line in file if line.startswith("btime")).split()[1])
