"""Compares two commands word by word: the words of each that the other does not have."""

from __future__ import annotations

import difflib
import re

_TOKEN = re.compile(r"[\w.+@-]+|\s+|[^\w\s]")

Words = list[tuple[str, bool]]
"""Consecutive parts of a text, and whether the other text has each too."""


def differing_words(text: str, other: str) -> Words:
    """Split a text into parts that both have and parts that only it has."""
    mine, theirs = _TOKEN.findall(text), _TOKEN.findall(other)
    runs: Words = []
    for op, start, end, _, _ in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if start < end:
            runs.append(("".join(mine[start:end]), op == "equal"))
    return runs
