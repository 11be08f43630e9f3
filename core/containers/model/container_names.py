"""Container IDs, and names for containers that nobody named."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from layertui.core.errors import UsageError

_ID = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", re.ASCII)

_HOW = [
    "able",
    "airy",
    "amber",
    "apt",
    "awake",
    "azure",
    "bold",
    "brave",
    "breezy",
    "bright",
    "brisk",
    "calm",
    "candid",
    "careful",
    "cheerful",
    "civil",
    "clear",
    "clever",
    "cosy",
    "curious",
    "dapper",
    "daring",
    "deft",
    "dreamy",
    "eager",
    "early",
    "easy",
    "fair",
    "fearless",
    "fleet",
    "fluent",
    "fond",
    "frank",
    "fresh",
    "gentle",
    "glad",
    "golden",
    "good",
    "grand",
    "handy",
    "happy",
    "hardy",
    "hearty",
    "honest",
    "humble",
    "jolly",
    "just",
    "keen",
    "kind",
    "lively",
    "loyal",
    "lucid",
    "lucky",
    "mellow",
    "merry",
    "mild",
    "modest",
    "neat",
    "nimble",
    "noble",
    "open",
    "patient",
    "placid",
    "plucky",
    "polite",
    "prompt",
    "proud",
    "quick",
    "quiet",
    "ready",
    "rosy",
    "sage",
    "sharp",
    "shiny",
    "silent",
    "simple",
    "sincere",
    "sleek",
    "smart",
    "snug",
    "sober",
    "steady",
    "sturdy",
    "sunny",
    "swift",
    "tender",
    "tidy",
    "true",
    "trusty",
    "upbeat",
    "vivid",
    "warm",
    "wary",
    "wise",
    "witty",
    "young",
    "zesty",
]

# People of science and letters, by surname.
_WHO = [
    "abel",
    "ampere",
    "archimedes",
    "babbage",
    "banzai",
    "banach",
    "bell",
    "bernoulli",
    "bohr",
    "boole",
    "bose",
    "brahe",
    "cantor",
    "carson",
    "cauchy",
    "celsius",
    "cerf",
    "chandra",
    "chebyshev",
    "church",
    "clarke",
    "conway",
    "copernicus",
    "coulomb",
    "curie",
    "dalton",
    "darwin",
    "dijkstra",
    "dirac",
    "edison",
    "einstein",
    "eratosthenes",
    "erdos",
    "euclid",
    "euler",
    "faraday",
    "fermat",
    "fermi",
    "feynman",
    "fourier",
    "franklin",
    "galileo",
    "galois",
    "gauss",
    "germain",
    "godel",
    "goodall",
    "haber",
    "hamilton",
    "hawking",
    "heisenberg",
    "hertz",
    "hilbert",
    "hooke",
    "hopper",
    "hubble",
    "huygens",
    "hypatia",
    "jacobi",
    "joule",
    "kelvin",
    "kepler",
    "khorana",
    "knuth",
    "kovalevskaya",
    "lagrange",
    "lamarr",
    "lamport",
    "laplace",
    "lavoisier",
    "leavitt",
    "leibniz",
    "linnaeus",
    "lovelace",
    "mach",
    "markov",
    "maxwell",
    "mccarthy",
    "meitner",
    "mendel",
    "mirzakhani",
    "napier",
    "newton",
    "nightingale",
    "nobel",
    "noether",
    "ohm",
    "pascal",
    "pasteur",
    "pauli",
    "payne",
    "peano",
    "planck",
    "poincare",
    "ptolemy",
    "pythagoras",
    "ramanujan",
    "riemann",
    "ritchie",
    "sagan",
    "sammet",
    "shannon",
    "sutherland",
    "tesla",
    "tharp",
    "thompson",
    "torvalds",
    "turing",
    "volta",
    "wiles",
    "wozniak",
    "wu",
    "yalow",
]


def is_id(text: str) -> bool:
    """Whether it is spelled as a container's whole ID."""
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """64 hex digits; never all decimal at the front, where a hostname made of them would be taken for a number."""
    while True:
        made = os.urandom(32).hex()
        if not made[:12].isdigit():
            return made


def made_up(taken: Callable[[str], bool]) -> str:
    """A name such as kind_banzai that is not taken."""
    for _ in range(50):
        name = f"{_one_of(_HOW)}_{_one_of(_WHO)}"
        if not taken(name):
            return name
    while taken(name := f"{_one_of(_HOW)}_{_one_of(_WHO)}{_random() % 10**6}"):
        pass
    return name


def _one_of(words: Sequence[str]) -> str:
    return words[_random() % len(words)]


def _random() -> int:
    """64 bits, without `secrets`: that brings `random`, `hashlib` and `hmac`, which a list of containers waits for."""
    return int.from_bytes(os.urandom(8))


def is_name(name: str) -> bool:
    """Whether a container can be called that."""
    return _NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """The name, if it is one."""
    name = name.removeprefix("/")
    if not is_name(name):
        raise UsageError(
            f"{name!r} is not a container name; it has letters, digits, '_', '.' and '-', begins with a letter or digit, "
            "and is at least two long"
        )
    return name
