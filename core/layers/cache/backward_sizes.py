"""Sizes of layers by a second process, which reads from the end of the last layer towards the first process.

It works piece by piece, and sends a message before and after each piece. Where a member starts in the middle of a layer
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
_MEMBERS = 1000  # in a piece, about: as many as are walked in a millisecond or two
_FIRST, _LEAST, _MOST = 4 << 20, 1 << 20, 64 << 20  # bytes of a piece
_STEP = 2 << 20  # bytes of a layer after which the other process looks what it was told
_SEARCHED = 1 << 16  # bytes in which a member is to begin


class LayerTail(NamedTuple):
    """What lies in a layer from a member on to the end."""

    total: int
    """Bytes of its files; of several members of one name the last counts."""
    names: Sequence[memoryview]
    """Hashes of all its names, which are the same in a process and in its fork."""

    def adds_to(self, sizes: Mapping[bytes, int]) -> bool:
        """Whether it can be added to what lies before it: no file there has a name that comes again, and they are not too many."""
        files = set(map(hash, compress(sizes, sizes.values())))
        return len(sizes) + sum(map(len, self.names)) <= bounds().entries and all(map(files.isdisjoint, self.names))


class PeerScan:
    """The process that goes backwards, as the one sees it that comes towards it."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._begun: dict[str, list[int]] = {}
        self._found: dict[str, dict[int, tuple[int | None, bytes]]] = {}

    def until(self, key: str, position: int) -> int:
        """How far to go in a layer, before asking again or, where that is no further, for the rest."""
        while self._listen(wait=False):
            pass
        # The last that was begun is the nearest, unless it was passed by.
        ahead = (start for start in reversed(self._begun.get(key, ())) if start >= position)
        return min(next(ahead, position + _STEP), position + _STEP)

    def rest(self, key: str, position: int) -> LayerTail | None:
        """What it has found from there on, waited for; None where it has failed."""
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
    """What that process says: all keys; then the key of each layer with where a piece of it begins, and again with what was found."""
    yield list(keys)
    for key in reversed(keys):
        with opened(key) as tar:
            for message in _pieces(tar):
                yield (key, *message)


def _pieces(tar: BinaryIO) -> Iterator[tuple[Any, ...]]:
    """Where a piece begins; once it is walked, that, the bytes from there to the layer's end, and hashes of the piece's names.

    None in the place of bytes, and no more pieces, where something is wrong, or a file comes again, of which the last would count:
    who comes the other way finds out.
    """
    total, end, size = 0, None, _FIRST
    seen: set[int] = set()
    while end != 0:
        start = _start(tar, end, size)
        yield (start,)
        try:
            sizes, reached = _walked(tar, start, end)
            if reached != end:  # no member begins there
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
    """Where a member seems to begin, `size` bytes before the end or more. What is stored compressed is one piece."""
    if not isinstance(tar, Window):
        return 0
    end = tar.size if end is None else end
    starts = (member_after(tar, position) for position in range(end - size & -_BLOCK, 0, -size))
    return next((start for start in starts if start is not None and start < end), 0)


def member_after(tar: BinaryIO, position: int) -> int | None:
    """Where a member seems to begin, soon after a position; None in the midst of a large file."""
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
    """Where the next member begins: what lies at a position that was found may belong to an extended header before it."""
    tar.seek(position)
    with suppress(LayertuiError):
        return content_sizes(tar, until=lambda _: position + 1)[1]
    return None
