"""Finds moved steps: the same step, or the same layer, at another position of the other history.

An alignment cannot cross itself, so of two steps that changed positions it pairs only one. This module searches the steps
that are left on both sides.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from layertui.core.images.compare.align import Line
    from layertui.core.images.history_steps import Step


def moves(a: Sequence[Step], b: Sequence[Step], lines: Iterable[Line]) -> dict[int, int]:
    """For each index in `a` whose step is at another position in `b`, that position. Symmetric in `a` and `b`."""
    left = {one for one, other, same in lines if one is not None and not (same or _same_layer(a, b, one, other))}
    right = {other for one, other, same in lines if other is not None and not (same or _same_layer(a, b, one, other))}
    found: dict[int, int] = {}
    for key in (_whole, _layer):
        found |= _matches(a, b, sorted(left - found.keys()), sorted(right - set(found.values())), key)
    return found


def moved_apart(lines: Iterable[Line], moved: Mapping[int, int]) -> Iterator[Line]:
    """The alignment with moved steps unpaired: they have not become another step."""
    arrived = set(moved.values())
    for left, right, same in lines:
        if left is not None and right is not None and (left in moved or right in arrived):
            yield left, None, False
            yield None, right, False
        else:
            yield left, right, same


def _same_layer(a: Sequence[Step], b: Sequence[Step], left: int | None, right: int | None) -> bool:
    return left is not None and right is not None and a[left].layer is not None and a[left].diff_id == b[right].diff_id


def _matches(
    a: Sequence[Step],
    b: Sequence[Step],
    left: Sequence[int],
    right: Sequence[int],
    key: Callable[[Step], Hashable | None],
) -> dict[int, int]:
    """Pair equal steps, the first with the first."""
    positions: dict[Hashable, deque[int]] = {}
    for index in right:
        if (known := key(b[index])) is not None:
            positions.setdefault(known, deque()).append(index)
    found = {}
    for index in left:
        known = key(a[index])
        if known is not None and positions.get(known):
            found[index] = positions[known].popleft()
    return found


def _whole(step: Step) -> Hashable | None:
    if not step.command:
        return None
    return step.diff_id, step.command, step.empty_layer


def _layer(step: Step) -> Hashable | None:
    # Steps that changed nothing all make the same layer without files.
    return None if step.size == 0 else step.diff_id
