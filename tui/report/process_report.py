"""Processes and resource use of containers, as JSON objects and as docker prints them."""

from __future__ import annotations

import pwd
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from layertui.core.oci.timestamps import written
from layertui.tui.common.format import binary_size, safe, size
from layertui.tui.report.json_output import docker_table

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.observe.process_list import ProcessRow
    from layertui.core.containers.observe.resource_usage import ResourceUsage

Object = dict[str, Any]


def process_object(one: ProcessRow) -> Object:
    """One process of `top --json`."""
    return {
        "pid": one.pid,
        "ppid": one.parent,
        "pid_inside": one.inside,
        "uid": one.uid,
        "started": written(one.started),
        "cpu_seconds": round(one.seconds, 2),
        "tty": one.terminal,
        "command": list(one.command),
    }


def top_lines(processes: Iterable[ProcessRow], now: datetime) -> Iterator[str]:
    """The columns of `ps -ef`, as docker prints them."""
    rows = [
        [
            _user(one.uid),
            str(one.pid),
            str(one.parent),
            str(share_of_a_processor(one, now)),
            _began(one.started.astimezone(), now.astimezone()),
            one.terminal or "?",
            processor_time(one.seconds),
            safe(shlex.join(one.command) if len(one.command) > 1 else one.command[0]),
        ]
        for one in processes
    ]
    return docker_table(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], rows)


def share_of_a_processor(one: ProcessRow, now: datetime) -> int:
    """Percent of one CPU, over the process's whole life."""
    life = (now - one.started).total_seconds()
    return int(100 * one.seconds / life) if life > 0 else 0


def processor_time(seconds: float) -> str:
    """As hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _user(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _began(started: datetime, now: datetime) -> str:
    return started.strftime("%H:%M" if started.date() == now.date() else "%b%d")


def stats_object(container: Container, stats: ResourceUsage | None) -> Object:
    """One container of `stats --json`; all but its names is null if it does not run."""
    found: Object = {"id": container.id, "name": container.name}
    now = stats.now if stats is not None else None
    return {
        **found,
        "cpu_percent": round(stats.cpu_percent, 2) if stats is not None else None,
        "memory": now and now.memory,
        "memory_limit": now and now.limit,
        "memory_percent": round(stats.memory_percent, 2) if stats is not None else None,
        "net_received": now and now.received,
        "net_sent": now and now.sent,
        "block_read": now and now.read,
        "block_written": now and now.written,
        "pids": now and now.pids,
    }


def stats_lines(rows: Sequence[tuple[Container, ResourceUsage | None]]) -> Iterator[str]:
    """`stats` as docker prints it."""
    header = ["CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"]
    return docker_table(
        header, [[container.short_id, safe(container.name), *_cells(stats)] for container, stats in rows]
    )


def _cells(stats: ResourceUsage | None) -> list[str]:
    if stats is None:
        return ["--", "-- / --", "--", "--", "--", "--"]
    now = stats.now
    return [
        f"{stats.cpu_percent:.2f}%",
        f"{binary_size(now.memory)} / {binary_size(now.limit)}",
        f"{stats.memory_percent:.2f}%",
        f"{size(now.received)} / {size(now.sent)}",
        f"{size(now.read)} / {size(now.written)}",
        str(now.pids),
    ]
