"""The processes of a container as a daemon's `top` lists them: the columns of `ps` on its host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from layertui.core.containers.observe.process_list import ProcessRow
from layertui.core.engines.daemon.api_json.json_values import Object, texts

COLUMNS = {
    "docker": "-eo pid,ppid,uid,etimes,times,tty,args",
    "podman": "hpid,pid,ppid,huser,etime,time,tty,args",
}
"""What `top` is asked for. Podman has names of its own; its PIDs are those in the container, unless one asks for the host's."""
_OLDEST = 10**9  # seconds, which is before Linux had containers


def rows_of(found: Object, now: datetime) -> list[ProcessRow]:
    """`{"Titles", "Processes"}` as rows; a column that is missing or cannot be read counts as 0."""
    titles = [title.upper() for title in texts(found, "Titles")]
    if len(titles) == 1:  # Podman 4 leaves each line whole
        titles = titles[0].split()
    lines = found.get("Processes")
    rows = [_row(titles, line, now) for line in lines if isinstance(line, list)] if isinstance(lines, list) else []
    return sorted(rows, key=lambda row: (row.started, row.pid))


def _row(titles: Sequence[str], line: Sequence[object], now: datetime) -> ProcessRow:
    words = [str(word) for word in line]
    if len(words) == 1:
        words = words[0].split(None, len(titles) - 1)
    cells = dict(zip(titles, words, strict=False))
    inside = _whole(cells.get("PID", ""))
    terminal = cells.get("TTY", cells.get("TT", "?"))
    return ProcessRow(
        pid=_whole(cells.get("HPID", cells.get("PID", ""))),
        parent=_whole(cells.get("PPID", "")),
        inside=inside,
        uid=_whole(cells.get("UID", cells.get("HUSER", ""))),
        started=now - timedelta(seconds=min(_seconds(cells.get("ELAPSED", "")), _OLDEST)),
        seconds=_seconds(cells.get("TIME", "")),
        terminal=None if terminal in ("?", "") else terminal,
        command=tuple(cells.get("COMMAND", cells.get("CMD", "")).split()) or ("?",),
    )


def _whole(spelled: str) -> int:
    return int(spelled) if spelled.isdecimal() and len(spelled) < 12 else 0


def _seconds(spelled: str) -> float:
    """`75` and `1-02:03:04` as ps writes a time, `1h2m3.5s` as Go does."""
    days, dash, rest = spelled.partition("-")
    if dash or ":" in spelled:
        parts = (rest if dash else spelled).split(":")
        total = sum(_whole(part) * 60**place for place, part in enumerate(reversed(parts)))
        return float(total + (_whole(days) * 86400 if dash else 0))
    total, digits = 0.0, ""
    for mark in spelled:
        if mark.isdecimal() or mark == ".":
            digits += mark
            continue
        if mark in _UNITS and digits.count(".") < 2 and digits.strip("."):
            total += float(digits) * _UNITS[mark]
        digits = ""
    return total + (float(digits) if digits.isdecimal() else 0.0)


_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
