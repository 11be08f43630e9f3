"""Compares two commands word by word: the words of each that the other does not have."""

from __future__ import annotations

import difflib
import re

_TOKEN = re.compile(r"[\w.+@-]+|\s+|[^\w\s]")

Words = list[tuple[str, bool]]
"""Runs of a text that together are the whole of it, and whether the other text has them too."""


def differing_words(text: str, other: str) -> Words:
    """A text in runs, each either common to both or only its own."""
    mine, theirs = _TOKEN.findall(text), _TOKEN.findall(other)
    runs: Words = []
    for op, start, end, _, _ in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if start < end:
            runs.append(("".join(mine[start:end]), op == "equal"))
    return runs
