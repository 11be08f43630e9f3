"""The origin of a path: which layer adds, hides or removes it, from the top layer down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import OPAQUE, WHITED
from layertui.core.layers.table.path_keys import key_of, path_of

if TYPE_CHECKING:
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.entry import Entry

Found = Literal["absent", "present", "whiteout", "opaque", "parent-removed", "not-a-directory"]


@dataclass(frozen=True, slots=True)
class PathVersion:
    """What one layer has at a path; ``entry`` only if it is ``present``."""

    layer: int
    found: Found
    visible: bool = False
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """The versions, top layer first. ``layer`` is the one whose entry is visible, None if none is."""

    path: str
    visible: bool
    layer: int | None
    steps: tuple[PathVersion, ...]


def trace(stack: Stack, path: str, *, deep: bool = False, upto: int | None = None) -> Trace:
    """Search the layers for ``path`` from ``upto`` (default: the top) down.

    Stops at the first layer that has or hides the path; with ``deep`` continues to the bottom,
    through everything that is hidden.
    """
    key = key_of(path)
    path_ids = _path_ids(stack, key)
    steps: list[PathVersion] = []
    answer: PathVersion | None = None
    for number in range(len(stack) if upto is None else upto, 0, -1):
        finding = _ask(stack, path_ids, number, first=answer is None)
        steps.append(finding)
        if answer is None and finding.found != "absent":
            answer = finding
            if not deep:
                break
    visible = answer is not None and answer.visible
    return Trace(path_of(key), visible, answer.layer if answer and visible else None, tuple(steps))


def _path_ids(stack: Stack, key: bytes) -> list[int | None]:
    """The path numbers of the folders above ``key``, from the top, and then its own."""
    path_ids: list[int | None] = []
    for name in key.split(b"\0"):
        above = path_ids[-1] if path_ids else None
        path_ids.append(stack.child(above, name) if not path_ids or above is not None else None)
    return path_ids


def _ask(stack: Stack, path_ids: list[int | None], number: int, *, first: bool) -> PathVersion:
    rows = [_row(stack, path_id, number) for path_id in path_ids]
    above, own = [row for row in rows[:-1] if row >= 0], rows[-1]
    if own >= 0 and stack.kind[own] < Kind.WHITEOUT:
        return PathVersion(number, "present", first, _shown(stack, own, number))
    return PathVersion(number, _hidden(stack, above, own, number))


def _hidden(stack: Stack, above: list[int], own: int, number: int) -> Found:
    if any(stack.kind[row] < Kind.WHITEOUT and stack.kind[row] != Kind.DIR for row in above):
        return "not-a-directory"
    if own >= 0 and stack.flags[own] & WHITED:
        return "whiteout"
    if any(stack.flags[row] & WHITED for row in above):
        return "parent-removed"
    if any(stack.flags[row] & OPAQUE for row in above) or stack.table(number).root_opaque:
        return "opaque"
    return "absent"


def _row(stack: Stack, path_id: int | None, number: int) -> int:
    """The row that layer ``number`` has at a path, or -1."""
    if path_id is None:
        return -1
    start, end = int(stack.start[path_id]), int(stack.start[path_id + 1])
    at = start + int(np.searchsorted(stack.layer[start:end], number))
    return at if at < end and stack.layer[at] == number else -1


def _shown(stack: Stack, own: int, number: int) -> Entry:
    """The entry of a row; an implied folder has the attributes from below."""
    seen = int(stack.visible(stack.path_id[own : own + 1], number)[0])
    implied_over = seen >= 0 and stack.born[own] > number
    return stack.entry(seen if implied_over else own)
