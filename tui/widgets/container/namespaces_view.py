"""A container's namespaces beside the host's, before and after its start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import State
from layertui.core.language.texts import tr
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.containers.observe.namespaces import Namespaces

# What each kind isolates, in a few words.
APART = {
    "mnt": tr("mounts: a root of its own"),
    "pid": tr("processes: its first is 1"),
    "net": tr("network: devices, ports"),
    "uts": tr("host name"),
    "ipc": tr("shared memory and semaphores"),
    "user": tr("user and group numbers"),
    "cgroup": tr("which cgroups it sees"),
    "time": tr("clocks"),
}
ORDER = tuple(APART)
KEEPS_APART = 32
"""Cells of the column that says what a namespace keeps apart, where another one follows."""

PROCESSES_FROM = 100
"""The width in cells from which processes are listed."""


class NamespacesView(RowList):
    """One line per kind of namespace: the inode number on the host, before the start, and now; the container's own are marked."""

    OPENS = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.now: Namespaces | None = None
        self.before: Namespaces | None = None
        self.kinds: list[str] = []
        self.head_height = 2

    def show(self, now: Namespaces, before: Namespaces | None = None) -> None:
        """Show the namespaces, and those before the start if they were read then."""
        self.now, self.before = now, before
        found = {*now.host, *(now.container or {})}
        self.kinds = in_order(found)
        self.show_count(len(self.kinds))

    def draw_head(self, line: int, width: int) -> Pieces:
        """A sentence about the table; then the titles of the columns."""
        if self.now is None:
            return [(tr("asking …"), "dim")] if line == 0 else []
        if line == 0:
            return [(f" {sentence(self.now)}", "own" if self.now.own else "dim")]
        columns = f"   {fit(tr('namespace'), 11)}{right(tr('host'), 10)}"
        if self.before is not None:
            columns += f"{right(tr('before start'), 14)}"
        columns += f"{right(tr('container'), 13)}  {fit(tr('keeps apart'), KEEPS_APART)}"
        if width >= PROCESSES_FROM and self.now.processes:
            columns += tr("processes")
        return [(columns, "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        now = self.now
        assert now is not None
        kind = self.kinds[index]
        own = kind in now.own
        word = "own" if own else "dim"
        apart, wide = APART.get(kind, "") if own else _shared(now), width >= PROCESSES_FROM
        before: Pieces = [(right(_number(self.before.container, kind), 14), "dim")] if self.before is not None else []
        return [
            (" ● " if own else "   ", "own strong"),
            (fit(kind, 11), "own strong" if own else ""),
            (right(_number(now.host, kind), 10), "dim"),
            *before,
            (right(_number(now.container, kind), 13), word),
            ("  ", ""),
            (fit(apart, KEEPS_APART) if wide else apart, word),
            *([(_processes(now, kind), "dim")] if wide else []),
        ]


def _number(inodes: Mapping[str, int] | None, kind: str) -> str:
    return str(inodes[kind]) if inodes is not None and kind in inodes else "–"


def _processes(now: Namespaces, kind: str) -> str:
    """The pids of the container's processes in a namespace; of more than four their number."""
    pids = now.processes.get(kind, ())
    return " ".join(map(str, pids)) if len(pids) <= 4 else tr("{pids} processes", pids=len(pids))


def _shared(now: Namespaces) -> str:
    return tr("the host's own") if now.container is not None else ""


def in_order(kinds: Iterable[str]) -> list[str]:
    """The kinds, well-known ones first."""
    return sorted(kinds, key=lambda kind: (ORDER.index(kind) if kind in ORDER else len(ORDER), kind))


def sentence(now: Namespaces) -> str:
    """The number of own namespaces, as one sentence."""
    if now.container is None:
        if now.status == "created":
            return tr("created, never started: a writable layer; no process, no namespaces")
        return tr("{status}: no process, so no namespaces; the writable layer is kept", status=State(now.status).word)
    return tr(
        "{status}, process {pid}: {own} namespaces of its own, the rest are the host's",
        status=State(now.status).word,
        pid=now.pid,
        own=len(now.own),
    )
