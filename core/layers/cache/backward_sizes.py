"""Sizes of layers by a second process, which reads from the end of the last layer towards the first process.

It works piece by piece, and sends a message before and after each piece. Where a member begins in the middle of a layer
can only be guessed. The guess is right if the walk over everything before it arrives exactly there.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from itertools import compress
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from layertui.core.bounds import bounds
from layertui.core.errors import LayertuiError
from layertui.core.fs.file_window import Window
from layertui.core.streams.tar.header_block import looks_like_member
from layertui.core.streams.tar.member_sizes import content_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from layertui.core.layers.cache.worker_process import Answer

_BLOCK = 512
_MEMBERS = 1000  # in a piece, about: as many as are walked in one or two milliseconds
_FIRST, _LEAST, _MOST = 4 << 20, 1 << 20, 64 << 20  # bytes of a piece
_STEP = 2 << 20  # bytes of a layer after which this process checks what the other has reported
_SEARCHED = 1 << 16  # bytes that are searched for the beginning of a member


class LayerTail(NamedTuple):
    """The part of a layer from one member to the end."""

    total: int
    """Bytes of its files; the last of several members of a name counts."""
    names: Sequence[memoryview]
    """Hashes of all its names; a process and its fork hash alike."""

    def adds_to(self, sizes: Mapping[bytes, int]) -> bool:
        """Whether it can be added to the part before it: no file has a name that occurs again here, and there are not too many."""
        files = set(map(hash, compress(sizes, sizes.values())))
        return len(sizes) + sum(map(len, self.names)) <= bounds().entries and all(map(files.isdisjoint, self.names))


class PeerScan:
    """The second process, which goes backwards, as seen by the first."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._begun: dict[str, list[int]] = {}
        self._found: dict[str, dict[int, tuple[int | None, bytes]]] = {}

    def until(self, key: str, position: int) -> int:
        """How far to go in a layer before asking again; a position that is no further means: take the rest from here."""
        while self._listen(wait=False):
            pass
        # The piece that was started last is the nearest, unless it was passed.
        ahead = (start for start in reversed(self._begun.get(key, ())) if start >= position)
        return min(next(ahead, position + _STEP), position + _STEP)

    def rest(self, key: str, position: int) -> LayerTail | None:
        """What the second process found from `position` on; waits for it. None if it failed."""
        found = self._found.setdefault(key, {})
        while position not in found:
            if not self._listen(wait=True):
                return None
        total, _ = found[position]
        names = [memoryview(names).cast("q") for start, (_, names) in found.items() if start >= position]
        return LayerTail(total, names) if total is not None else None

    def _listen(self, *, wait: bool) -> bool:
        message = self._answer(wait=wait)
        if message is None:
            return False
        key, start, *found = message
        if found:
            self._found.setdefault(key, {})[start] = tuple(found)
        else:
            self._begun.setdefault(key, []).append(start)
        return True


def backwards(keys: Sequence[str], opened: Callable[[str], BinaryIO]) -> Iterator[Any]:
    """Messages of the second process: first all keys; then for each piece its layer's key with its start, then with the result."""
    yield list(keys)
    for key in reversed(keys):
        with opened(key) as tar:
            for message in _pieces(tar):
                yield (key, *message)


def _pieces(tar: BinaryIO) -> Iterator[tuple[Any, ...]]:
    """Yields where a piece begins; after it is walked, that, the bytes from there to the layer's end, and hashes of its names.

    Yields None instead of bytes, and stops, if something is wrong or a name occurs twice, as only the last would count:
    the first process then reads that part itself.
    """
    total, end, size = 0, None, _FIRST
    seen: set[int] = set()
    while end != 0:
        start = _start(tar, end, size)
        yield (start,)
        try:
            sizes, reached = _walked(tar, start, end)
            if reached != end:  # no member begins at the start of this piece
                total, seen, (sizes, _) = 0, set(), _walked(tar, start, None)
        except LayertuiError:
            yield start, None, b""
            return
        names = tuple(map(hash, sizes))
        if not seen.isdisjoint(compress(names, sizes.values())):
            yield start, None, b""
            return
        seen.update(names)
        total += sum(sizes.values())
        yield start, total, struct.pack(f"{len(names)}q", *names) if start else b""
        fitting = (size if end is None else end - start) * _MEMBERS // (len(names) + 1)
        end, size = start, max(_LEAST, min(_MOST, fitting & -_BLOCK))


def _walked(tar: BinaryIO, start: int, end: int | None) -> tuple[dict[bytes, int], int | None]:
    if tar.seekable():
        tar.seek(start)
    return content_sizes(tar, until=None if end is None else lambda _: end)


def _start(tar: BinaryIO, end: int | None, size: int) -> int:
    """Where a member seems to begin, at least `size` bytes before the end. A compressed layer is one piece."""
    if not isinstance(tar, Window):
        return 0
    end = tar.size if end is None else end
    starts = (member_after(tar, position) for position in range(end - size & -_BLOCK, 0, -size))
    return next((start for start in starts if start is not None and start < end), 0)


def member_after(tar: BinaryIO, position: int) -> int | None:
    """Where a member seems to begin, soon after a position; None in the middle of a large file."""
    tar.seek(position)
    content = tar.read(_SEARCHED)
    magic = content.find(b"ustar")
    while magic >= 0:
        at = magic - 257
        if at >= 0 and not at % _BLOCK and looks_like_member(content[at : at + _BLOCK]):
            return _next_member(tar, position + at)
        magic = content.find(b"ustar", magic + 1)
    return None


def _next_member(tar: BinaryIO, position: int) -> int | None:
    """Where the next member begins: a position that was found may be inside the body of an extended header."""
    tar.seek(position)
    with suppress(LayertuiError):
        return content_sizes(tar, until=lambda _: position + 1)[1]
    return None
