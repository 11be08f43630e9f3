"""Limits: how much of the machine a container may have, where its runtime has a cgroup for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layertui.core.containers.mounts import bytes_of
from layertui.core.errors import UsageError

LEAST_MEMORY = 6 << 20  # as docker: below it no process starts
PERIOD = 100_000  # microseconds, over which a share of a processor is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None is as much as there is."""

    memory: int | None = None
    """Bytes."""
    swap: int | None = None
    """Bytes of memory and swap together; -1 for as much swap as there is."""
    nano_cpus: int | None = None
    """Thousand millionths of a processor."""
    pids: int | None = None

    def __bool__(self) -> bool:
        """Whether there is one."""
        return (self.memory, self.nano_cpus, self.pids) != (None, None, None)

    def to_json(self) -> dict[str, Any]:
        """What `linux.resources` of a config.json says of them (config-linux.md)."""
        found: dict[str, Any] = {}
        if self.memory is not None:
            swap = {"swap": self.swap} if self.swap is not None and _counts_swap() else {}
            found["memory"] = {"limit": self.memory, **swap}
        if self.nano_cpus is not None:
            found["cpu"] = {"quota": self.nano_cpus * PERIOD // 10**9, "period": PERIOD}
        if self.pids is not None:
            found["pids"] = {"limit": self.pids}
        return found


def limits(memory: str | None, swap: str | None, cpus: str | None, pids: int | None) -> Limits:
    """As `-m`, `--memory-swap`, `--cpus` and `--pids-limit` spell them; 0, and for pids -1 too, is no limit."""
    most = bytes_of(memory) if memory else 0
    if 0 < most < LEAST_MEMORY:
        raise UsageError(f"a memory limit of {memory} is too low; the least is 6m")
    try:
        nano = round(float(cpus or 0) * 10**9)
    except (ValueError, OverflowError):
        nano = -1
    if nano < 0 or 0 < nano < 10**7:
        raise UsageError(f"invalid value {cpus!r} for --cpus: write a number of processors, 0.01 or more")
    both = _both(most, swap)
    return Limits(memory=most or None, swap=both, nano_cpus=nano or None, pids=pids if pids and pids > 0 else None)


def _both(memory: int, spelled: str | None) -> int | None:
    """Memory and swap together by docker's rule: unless said otherwise, as much swap as memory."""
    both = -1 if (spelled or "").strip() == "-1" else bytes_of(spelled) if spelled else 0
    if both > 0 and not memory:
        raise UsageError("--memory-swap is memory and swap together, so it needs a limit on memory too: -m")
    if 0 < both < memory:
        raise UsageError(f"--memory-swap {spelled} is less than the memory in it; it is memory and swap together")
    return both or 2 * memory or None


def _counts_swap() -> bool:
    """Whether a cgroup can limit swap here: of version 2 every one, of version 1 only if the kernel was told to."""
    base = Path("/sys/fs/cgroup")
    return (base / "cgroup.controllers").exists() or (base / "memory" / "memory.memsw.limit_in_bytes").exists()
