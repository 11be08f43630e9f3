"""Digest, DiffID and ChainID, and how they are computed (image-spec descriptor.md and config.md).

These three must not be mixed up: the digest of a blob as it is stored, the DiffID of a layer's uncompressed tar, and
the ChainID of a layer together with all layers below it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import repeat
from typing import TYPE_CHECKING

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Callable, Iterable
    from typing import Self

_GRAMMAR = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_REGISTERED = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
DIGEST_WORD = re.compile(r"(?:(sha256|sha384|sha512):)?([0-9a-f]{4,128})")
"""A digest as a user writes it: complete, or at least its first four digits."""
_FEW = 1 << 16  # bytes that are hashed before OpenSSL would be loaded
_HEX_ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})


class Digest(str):
    """``algorithm:encoded``, validated when made; the encoded part is safe as a file name."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Validate ``text``. Raises Damaged if it is not a digest."""
        if not _REGISTERED.fullmatch(text):
            algorithm = text.partition(":")[0]
            # Unregistered algorithms are accepted, as the specification requires;
            # such blobs can be copied but not verified.
            if algorithm in _HEX_ALGORITHMS or not _GRAMMAR.fullmatch(text):
                raise Damaged(tr("{text!r} is not a digest (sha256: and 64 lower-case hex digits)", text=text[:100]))
        return super().__new__(cls, text)

    @classmethod
    def each(cls, texts: Iterable[str]) -> list[Self]:
        """Many digests, validated. Raises Damaged, TypeError."""
        texts = list(texts)
        if all(map(_REGISTERED.fullmatch, texts)):
            return list(map(str.__new__, repeat(cls), texts))
        return list(map(cls, texts))

    @property
    def algorithm(self) -> str:
        return self.partition(":")[0]

    @property
    def encoded(self) -> str:
        return self.partition(":")[2]

    @property
    def short(self) -> str:
        """The first twelve hex digits, as docker shows them."""
        return self.partition(":")[2][:12]

    def is_meant_by(self, text: str) -> bool:
        """Whether ``text``, an ID or at least its first four digits, means this digest."""
        match = DIGEST_WORD.fullmatch(text)
        return match is not None and match[1] in (None, self.algorithm) and self.encoded.startswith(match[2])


class DiffID(Digest):
    """The digest of a layer's uncompressed tar."""

    __slots__ = ()


class ChainID(Digest):
    """The digest of a layer on top of all layers below it."""

    __slots__ = ()


class Sum:
    """Computes a digest and counts bytes, incrementally. Raises Damaged for an algorithm that is not known here."""

    __slots__ = ("_few", "_sum", "algorithm", "size")

    def __init__(self, algorithm: str = "sha256") -> None:
        if algorithm not in _HEX_ALGORITHMS:
            raise Damaged(tr("digests of the algorithm {algorithm!r} cannot be verified here", algorithm=algorithm))
        self._sum = _large(algorithm) if algorithm != "sha256" else None
        self._few: list[bytes] = []  # small contents are kept until it is known whether OpenSSL is worth loading
        self.algorithm = algorithm
        self.size = 0

    def update(self, content: bytes | bytearray | memoryview) -> None:
        self.size += len(content)
        if self._sum is None and self.size > _FEW:
            self._sum = _large(self.algorithm)
            self._sum.update(b"".join(self._few))
            self._few.clear()
        if self._sum is None:
            self._few.append(bytes(content))
        else:
            self._sum.update(content)

    def digest(self) -> Digest:
        if self._sum is None:
            return digest_of(b"".join(self._few))
        return Digest(f"{self.algorithm}:{self._sum.hexdigest()}")


def digest_of(content: bytes) -> Digest:
    """The sha256 digest of ``content``."""
    return Digest("sha256:" + _small(content).hexdigest())


def _large(algorithm: str) -> hashlib._Hash:
    import hashlib  # late: it loads OpenSSL: four megabytes and some milliseconds, then five times as fast

    return hashlib.new(algorithm)


def _small(content: bytes) -> hashlib._Hash:
    """A sha256 of few bytes, by CPython's built-in module if there is one."""
    own = _own() if len(content) <= _FEW else None
    made = own() if own is not None else _large("sha256")
    made.update(content)
    return made


@cache
def _own() -> Callable[[], hashlib._Hash] | None:
    for name in ("_sha256", "_sha2"):  # 3.11; 3.12 and later
        with suppress(ImportError):
            made: Callable[[], hashlib._Hash] = import_module(name).sha256
            return made
    return None


def chain_ids(diff_ids: Iterable[DiffID]) -> tuple[ChainID, ...]:
    """The ChainID of each layer, bottom first (image-spec config.md, "Layer ChainID")."""
    chain: list[ChainID] = []
    for diff_id in diff_ids:
        chain.append(ChainID(digest_of(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id))
    return tuple(chain)
