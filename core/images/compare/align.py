"""Aligns two histories: a sequence alignment, not a comparison by position.

Two steps are the *same* if they have the same command and the same DiffID; the layers below do not matter. First, the
alignment pairs as many same steps as possible. Among those alignments it takes the one whose other steps pair best: the
same layer with another command, the same command with another layer, a similar command. Those pairs are *changed*.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from layertui.core.images.history_steps import Step

Line = tuple[int | None, int | None, bool]
"""Indexes of a step on both sides (or None), and whether the two are the same."""

SAME = 1_000_000  # more than all changed pairs together
MOST = 150_000  # cells of the table, about a second; for longer histories only same steps are paired
_WORDS = 60  # words of a long command that are compared
_WORD = re.compile(r"[^\s=,;&|()\[\]\"']+")
_ONE_OF_A_KIND = frozenset(
    ["CMD", "ENTRYPOINT", "WORKDIR", "USER", "MAINTAINER", "STOPSIGNAL", "HEALTHCHECK", "SHELL", "EXPOSE"]
)
_KEYED = frozenset(["ENV", "LABEL", "ARG"])


class AlignKey(NamedTuple):
    """Two steps are the same if this is equal."""

    diff_id: str
    command: str
    empty_layer: bool


class AlignedStep(NamedTuple):
    """A step with what the comparisons need, computed once."""

    key: AlignKey
    created_by: str | None
    instruction: str
    words: tuple[str, ...]
    vocabulary: frozenset[str]


def align(a: Sequence[Step], b: Sequence[Step]) -> list[Line]:
    """Align two histories, oldest first; in each gap the steps of `a` come first."""
    ours, theirs = [_look(step) for step in a], [_look(step) for step in b]
    low = 0
    while low < min(len(a), len(b)) and ours[low].key == theirs[low].key:
        low += 1
    top = 0
    while top < min(len(a), len(b)) - low and ours[-1 - top].key == theirs[-1 - top].key:
        top += 1
    lines: list[Line] = [(n, n, True) for n in range(low)]
    lines += [
        (None if left is None else left + low, None if right is None else right + low, same)
        for left, right, same in _middle(ours[low : len(a) - top], theirs[low : len(b) - top])
    ]
    lines += [(len(a) - n, len(b) - n, True) for n in range(top, 0, -1)]
    return lines


def _middle(a: Sequence[AlignedStep], b: Sequence[AlignedStep]) -> list[Line]:
    # Among equally good alignments one is chosen; the sides are ordered by content, so that swapping a and b gives the same one.
    if [step.key for step in b] < [step.key for step in a]:
        pairs = {left: right for right, left in _best(b, a)}
    else:
        pairs = dict(_best(a, b))
    lines: list[Line] = []
    right = 0
    for left, step in enumerate(a):
        partner = pairs.get(left)
        if partner is None:
            lines.append((left, None, False))
            continue
        lines += [(None, n, False) for n in range(right, partner)]
        lines.append((left, partner, step.key == b[partner].key))
        right = partner + 1
    return lines + [(None, n, False) for n in range(right, len(b))]


def _best(a: Sequence[AlignedStep], b: Sequence[AlignedStep]) -> list[tuple[int, int]]:
    """Pair the steps so that the sum of their scores is largest and no two pairs cross."""
    if len(a) * len(b) > MOST:
        return _next_same(a, b)
    width = len(b) + 1
    weights = [[_likeness(step, other) for other in b] for step in a]
    best = [0] * ((len(a) + 1) * width)
    for i in range(len(a) - 1, -1, -1):
        for j in range(len(b) - 1, -1, -1):
            weight = weights[i][j]
            skip = max(best[(i + 1) * width + j], best[i * width + j + 1])
            pair = weight + best[(i + 1) * width + j + 1] if weight else 0
            best[i * width + j] = max(skip, pair)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        here, weight = best[i * width + j], weights[i][j]
        if weight and here == weight + best[(i + 1) * width + j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif here == best[(i + 1) * width + j]:
            i += 1
        else:
            j += 1
    return pairs


def _next_same(a: Sequence[AlignedStep], b: Sequence[AlignedStep]) -> list[tuple[int, int]]:
    """Pair each step with the next one that is the same: for histories too long to score all pairs."""
    positions: dict[AlignKey, list[int]] = {}
    for n, step in enumerate(b):
        positions.setdefault(step.key, []).append(n)
    pairs: list[tuple[int, int]] = []
    after = 0
    for left, step in enumerate(a):
        known = positions.get(step.key, [])
        at = bisect_left(known, after)
        if at < len(known):
            pairs.append((left, known[at]))
            after = known[at] + 1
    return pairs


def _look(step: Step) -> AlignedStep:
    word, _, rest = step.command.partition(" ")
    # Commands without an instruction, as `commit` records them, count as alike.
    instruction, rest = (word, rest) if word.isalpha() and word.isupper() else ("", step.command)
    words = tuple(_WORD.findall(rest))
    key = AlignKey(step.diff_id or "", step.command, step.empty_layer)
    return AlignedStep(key, step.created_by, instruction, words, frozenset(words[:_WORDS]))


def _likeness(a: AlignedStep, b: AlignedStep) -> int:
    """The score of a pair: 0 if the two have nothing in common."""
    if a.key == b.key:
        return SAME + (a.created_by == b.created_by)
    if a.key.diff_id and a.key.diff_id == b.key.diff_id:
        return 60
    if a.key.empty_layer != b.key.empty_layer:
        return 0
    if a.key.command == b.key.command:
        return 50 if a.key.command else 10
    return _alike(a, b)


def _alike(a: AlignedStep, b: AlignedStep) -> int:
    if a.instruction != b.instruction:
        return 0
    if a.instruction in _ONE_OF_A_KIND:
        return 40
    if not a.words or not b.words:
        return 0
    if a.instruction in _KEYED:
        return 40 if a.words[0] == b.words[0] else 0
    if a.instruction in ("COPY", "ADD") and a.words[-1] == b.words[-1]:
        return 35
    shared = len(a.vocabulary & b.vocabulary)
    likeness = 30 * shared // (len(a.vocabulary) + len(b.vocabulary) - shared)
    return likeness if likeness >= 10 else 0
