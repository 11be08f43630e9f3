"""Two histories lined up: a sequence alignment, not a comparison by position.

A step is the *same* as another if both did the same command and made the same DiffID; what lies below does not count. First
as many steps as possible find their same; among those ways, the one in which what is left pairs up best: the same layer
by another command, the same command with another outcome, a command much like the other. Those pairs are *changed*.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence

from layertui.core.images.history import Step

Line = tuple[int | None, int | None, bool]
"""An index on either side, and whether the two are the same."""

SAME = 1_000_000  # no number of changed pairs outweighs one that is the same
MOST = 400_000  # cells of the table, a second's work; beyond them only same steps are looked for
_WORD = re.compile(r"[^\s=,;&|()\[\]\"']+")
_ONE_OF_A_KIND = frozenset(
    ["CMD", "ENTRYPOINT", "WORKDIR", "USER", "MAINTAINER", "STOPSIGNAL", "HEALTHCHECK", "SHELL", "EXPOSE"]
)
_KEYED = frozenset(["ENV", "LABEL", "ARG"])


def align(a: Sequence[Step], b: Sequence[Step]) -> list[Line]:
    """Line up two histories, oldest first; in each gap the steps of `a` come first."""
    low = 0
    while low < min(len(a), len(b)) and _key(a[low]) == _key(b[low]):
        low += 1
    top = 0
    while top < min(len(a), len(b)) - low and _key(a[-1 - top]) == _key(b[-1 - top]):
        top += 1
    middle_a, middle_b = a[low : len(a) - top], b[low : len(b) - top]
    lines: list[Line] = [(n, n, True) for n in range(low)]
    lines += [
        (None if left is None else left + low, None if right is None else right + low, same)
        for left, right, same in _middle(middle_a, middle_b)
    ]
    lines += [(len(a) - n, len(b) - n, True) for n in range(top, 0, -1)]
    return lines


def _middle(a: Sequence[Step], b: Sequence[Step]) -> list[Line]:
    # Among equally good ways one is taken; to be the same one when a and b change sides, sides are chosen by content.
    if [_key(step) for step in b] < [_key(step) for step in a]:
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
        lines.append((left, partner, _key(step) == _key(b[partner])))
        right = partner + 1
    return lines + [(None, n, False) for n in range(right, len(b))]


def _best(a: Sequence[Step], b: Sequence[Step]) -> list[tuple[int, int]]:
    """Pair the steps so that the sum of their likeness is greatest and no two pairs cross."""
    if len(a) * len(b) > MOST:
        return _next_same(a, b)
    width = len(b) + 1
    best = [0] * ((len(a) + 1) * width)
    for i in range(len(a) - 1, -1, -1):
        for j in range(len(b) - 1, -1, -1):
            score = _likeness(a[i], b[j])
            skip = max(best[(i + 1) * width + j], best[i * width + j + 1])
            pair = score + best[(i + 1) * width + j + 1] if score else 0
            best[i * width + j] = max(skip, pair)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        here = best[i * width + j]
        score = _likeness(a[i], b[j])
        if score and here == score + best[(i + 1) * width + j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif here == best[(i + 1) * width + j]:
            i += 1
        else:
            j += 1
    return pairs


def _next_same(a: Sequence[Step], b: Sequence[Step]) -> list[tuple[int, int]]:
    """Pair each step with the next one that is the same: for histories too long to weigh each against each."""
    places: dict[tuple[str, str, bool], list[int]] = {}
    for n, step in enumerate(b):
        places.setdefault(_key(step), []).append(n)
    pairs: list[tuple[int, int]] = []
    after = 0
    for left, step in enumerate(a):
        known = places.get(_key(step), [])
        at = bisect_left(known, after)
        if at < len(known):
            pairs.append((left, known[at]))
            after = known[at] + 1
    return pairs


def _key(step: Step) -> tuple[str, str, bool]:
    return step.diff_id or "", step.command, step.empty_layer


def _likeness(a: Step, b: Step) -> int:
    """Weigh a pair: 0 if the two have nothing to do with each other."""
    if _key(a) == _key(b):
        return SAME + (a.created_by == b.created_by)
    if a.diff_id is not None and a.diff_id == b.diff_id:
        return 60
    if a.empty_layer != b.empty_layer:
        return 0
    if a.command == b.command:
        return 50 if a.command else 10
    return _alike(a.command, b.command)


def _alike(a: str, b: str) -> int:
    word, rest = _instruction(a)
    other_word, other_rest = _instruction(b)
    if word != other_word:
        return 0
    if word in _ONE_OF_A_KIND:
        return 40
    words, other_words = _WORD.findall(rest), _WORD.findall(other_rest)
    if not words or not other_words:
        return 0
    if word in _KEYED:
        return 40 if words[0] == other_words[0] else 0
    if word in ("COPY", "ADD") and words[-1] == other_words[-1]:
        return 35
    shared = len(set(words) & set(other_words))
    likeness = 30 * shared // len(set(words) | set(other_words))
    return likeness if likeness >= 10 else 0


def _instruction(command: str) -> tuple[str, str]:
    word, _, rest = command.partition(" ")
    # A command without an instruction, as `commit` records it, is like any other such command.
    return (word, rest) if word.isalpha() and word.isupper() else ("", command)
