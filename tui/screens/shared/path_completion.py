"""What a path could become: names in a view, or on the host."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from layertui.core.engines.transports import archive_prefixes
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View

MOST = 200
"""More names than this are of no use to anybody who is typing."""


def split(text: str) -> tuple[str, str]:
    """The folder that is typed, with its slash, and the beginning of a name in it."""
    head, slash, tail = text.rpartition("/")
    return head + slash, tail


def in_view(view: View, text: str) -> list[str]:
    """The paths in a view that begin with the text, one level deep; folders end in a slash."""
    folder, start = split(text if text.startswith("/") else "/" + text)
    index = view.find(folder.rstrip("/") or "/")
    if index is None:
        return []
    found: list[str] = []
    for child in view.children(index).tolist():
        name = view.name(child)
        if name.startswith(start):
            found.append(folder + name + ("/" if view.kind[child] == Kind.DIR else ""))
            if len(found) == MOST:
                break
    return found


def on_host(text: str) -> list[str]:
    """The paths on the host that begin with the text. It waits for the disk: call it in a job."""
    folder, start = split(text)
    found: list[str] = []
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry in entries:
                # A name that begins with a dot is meant only by who types the dot.
                if entry.name.startswith(start) and (start or not entry.name.startswith(".")):
                    found.append(folder + entry.name + ("/" if entry.is_dir() else ""))
                    if len(found) == MOST:
                        break
    except OSError:
        return []
    return sorted(found)


def named(names: Iterable[str], text: str) -> list[str]:
    """The names that begin with the text, then the paths on the host that do. It waits for the disk: call it in a job."""
    found = [name for name in names if name.startswith(text)]
    transport = next((prefix for prefix in archive_prefixes() if text.startswith(prefix)), "")
    path = text.removeprefix(transport)
    if transport or path.startswith(("/", ".", "~")) or (path and not found):
        found += [transport + name for name in on_host(path)]
    return found[:MOST]


def names_of(candidates: list[str], text: str, width: int) -> str:
    """The candidates' last names on one line, as many as fit."""
    folder, _ = split(text)
    shown: list[str] = []
    room = width
    for path in candidates:
        name = path.removeprefix(folder)
        if len(name) + 2 > room:
            return "  ".join(shown) + "  …"
        shown.append(name)
        room -= len(name) + 2
    return "  ".join(shown)
