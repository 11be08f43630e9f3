"""Limits of a container: memory, CPU and processes by a cgroup, and the size of its log; parsed from docker's options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from layertui.core.containers.model.mounts import bytes_of
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

LEAST_MEMORY = 6 << 20  # as in docker: no process starts with less
NO_LIMIT = -1
PIDS = 2048
"""The default number of processes in a container: podman's; docker has none."""
PERIOD = 100_000  # microseconds of one CPU period


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None is no limit."""

    memory: int | None = None
    """Bytes."""
    swap: int | None = None
    """Bytes of memory and swap together; -1: unlimited swap."""
    nano_cpus: int | None = None
    """Billionths of a CPU."""
    pids: int | None = None
    """Processes, including threads; `NO_LIMIT` if the user wants no limit."""

    def __bool__(self) -> bool:
        """Whether there is a limit."""
        return self.memory is not None or self.nano_cpus is not None or (self.pids or 0) > 0

    def with_default(self, pids: int) -> Self:
        """The same, with a default for the number of processes; 0 is no limit."""
        return replace(self, pids=pids) if self.pids is None and pids else self

    def to_json(self) -> dict[str, Any]:
        """The `linux.resources` object of a config.json (config-linux.md)."""
        found: dict[str, Any] = {}
        if self.memory is not None:
            swap = {"swap": self.swap} if self.swap is not None and _counts_swap() else {}
            found["memory"] = {"limit": self.memory, **swap}
        if self.nano_cpus is not None:
            found["cpu"] = {"quota": self.nano_cpus * PERIOD // 10**9, "period": PERIOD}
        if self.pids is not None and self.pids != NO_LIMIT:
            found["pids"] = {"limit": self.pids}
        return found


def limits(memory: str | None, swap: str | None, cpus: str | None, pids: int | None) -> Limits:
    """Parse `-m`, `--memory-swap`, `--cpus` and `--pids-limit`; 0, and for pids also -1, is no limit. Raises UsageError."""
    most = bytes_of(memory) if memory else 0
    if 0 < most < LEAST_MEMORY:
        raise UsageError(tr("a memory limit of {memory} is too low; the least is 6m", memory=memory))
    try:
        nano = round(float(cpus or 0) * 10**9)
    except (ValueError, OverflowError):
        nano = -1
    if nano < 0 or 0 < nano < 10**7:
        raise UsageError(tr("invalid value {cpus!r} for --cpus: write a number of processors, 0.01 or more", cpus=cpus))
    both = _both(most, swap)
    return Limits(
        memory=most or None,
        swap=both,
        nano_cpus=nano or None,
        pids=NO_LIMIT if pids is not None and pids <= 0 else pids,
    )


class LogLimit(NamedTuple):
    """The size of a container's log: older output is deleted."""

    size: int
    """Bytes of one file, after which the next one begins; 0: no limit."""
    files: int
    """The number of files, including the current one."""

    @classmethod
    def within(cls, total: int) -> Self:
        """Two files of together `total` bytes; 0: no limit."""
        return cls(total // 2, 2)


_MOST_FILES = 1000


def log_options(given: Sequence[str]) -> tuple[int | None, int | None]:
    """Parse `--log-opt max-size=10m` and `max-file=3`: bytes of one file and number of files; None if not given.

    Raises UsageError.
    """
    size = files = None
    for text in given:
        name, _, value = text.partition("=")
        if name == "max-size":
            size = 0 if value.strip() == "-1" else bytes_of(value)
        elif name == "max-file":
            files = int(value) if value.isdecimal() and len(value) < 5 else 0
            if not 1 <= files <= _MOST_FILES:
                raise UsageError(
                    tr(
                        "invalid --log-opt {text!r}: write a number of files from 1 to {most_files}",
                        text=text,
                        most_files=_MOST_FILES,
                    )
                )
        else:
            raise UsageError(tr("unknown log option {name!r}; there are max-size and max-file", name=name))
    return size, files


def log_limit(size: int | None, files: int | None, default: LogLimit) -> LogLimit:
    """The limit from a container's options; as in docker, a log with a given size has one file unless more are given."""
    if size is None:
        return default._replace(files=files or default.files)
    return LogLimit(size, files or 1)


def _both(memory: int, spelled: str | None) -> int | None:
    """Memory and swap together by docker's rule: by default as much swap as memory."""
    both = -1 if (spelled or "").strip() == "-1" else bytes_of(spelled) if spelled else 0
    if both > 0 and not memory:
        raise UsageError(tr("--memory-swap is memory and swap together, so it needs a limit on memory too: -m"))
    if 0 < both < memory:
        raise UsageError(
            tr("--memory-swap {spelled} is less than the memory in it; it is memory and swap together", spelled=spelled)
        )
    return both or 2 * memory or None


def _counts_swap() -> bool:
    """Whether cgroups limit swap here: always in version 2, in version 1 only with a kernel parameter."""
    base = Path("/sys/fs/cgroup")
    return (base / "cgroup.controllers").exists() or (base / "memory" / "memory.memsw.limit_in_bytes").exists()
