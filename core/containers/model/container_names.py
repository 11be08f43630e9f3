"""IDs of containers, and names for those that were created without one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

_ID = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", re.ASCII)
_WORDS = Path(__file__).with_name("container_names.txt")  # a line of adjectives and a line of surnames


def is_id(text: str) -> bool:
    """Whether it is a complete container ID."""
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """64 hex digits; the first twelve are never all decimal, as a hostname made of them would be taken as a number."""
    while True:
        made = os.urandom(32).hex()
        if not made[:12].isdigit():
            return made


def random_name(taken: Callable[[str], bool]) -> str:
    """A free name such as kind_banzai."""
    adjectives, surnames = (line.split() for line in _WORDS.read_text(encoding="ascii").splitlines())
    for _ in range(50):
        name = f"{_one_of(adjectives)}_{_one_of(surnames)}"
        if not taken(name):
            return name
    while taken(name := f"{_one_of(adjectives)}_{_one_of(surnames)}{_random() % 10**6}"):
        pass
    return name


def _one_of(words: Sequence[str]) -> str:
    return words[_random() % len(words)]


def _random() -> int:
    """64 random bits, without `secrets`: that imports `random`, `hashlib` and `hmac`, for which a list of containers would wait."""
    return int.from_bytes(os.urandom(8))


def is_name(name: str) -> bool:
    """Whether it is a valid container name."""
    return _NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """The name, if it is valid. Raises UsageError."""
    name = name.removeprefix("/")
    if not is_name(name):
        raise UsageError(
            tr(
                "{name!r} is not a container name; it has letters, digits, '_', '.' and '-', begins with a letter or digit, "
                "and is at least two long",
                name=name,
            )
        )
    return name
