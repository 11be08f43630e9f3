"""How many bytes of files each of several layers has, from headers alone: in two processes, where that pays.

A walk over headers is Python's own work, so a second process does half of it: the layers are laid end to end, and cut in two
where half of the work seems to be done. In the layer that is cut, where a member begins can only be guessed: the guess was good if
the walk over the first part arrives just there. If it does not, or if anything is wrong in what the other process reads, that
is walked here.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.layers.apart import apart
from layertui.core.streams.compress import decompressed
from layertui.core.streams.tar import content_sizes, content_total, looks_like_member
from layertui.core.streams.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.layers.catalog import LayerBlob
    from layertui.core.streams.progress import Progress

_WORTH_A_PROCESS = 10_000  # members, or what takes as long as they do; a fork takes the time of five thousand
_BLOCK = 512
_SMALL = 16 << 20  # bytes
_MEMBER = 8 << 10  # bytes of a member where nothing is known of it
_JUMP = 16 << 10  # bytes that take as long as a member, as few headers then come with one read
_PLACES, _SAMPLE = 32, 16 << 10  # where a large layer is looked at, and how many bytes each time
_SEARCHED = 8 << 20  # bytes in which a member is to begin: where none does, members are large and few


@dataclass(frozen=True)
class _Plan:
    """Who walks what: whole layers here and there, and one that is cut, at a place where a member may begin."""

    ours: list[str]
    theirs: list[str]
    cut: str | None = None
    at: int = 0


def sizes_of(blobs: Mapping[str, LayerBlob], progress: Progress | None = None) -> dict[str, int]:
    """Bytes of the regular files of each layer, by the same keys. Raises as a walk does."""
    plan = _plan(blobs)
    sizes: dict[str, int] = {}

    def other_half() -> tuple[dict[str, int], dict[bytes, int]]:
        tail = _walked(blobs[plan.cut], start=plan.at)[0] if plan.cut is not None else {}
        return {key: _total(blobs[key]) for key in plan.theirs}, tail

    with apart(other_half) if plan.theirs or plan.cut else nullcontext(lambda: None) as answer:
        for key in plan.ours:
            sizes[key] = _total(blobs[key], progress)
        head, reached = (
            _walked(blobs[plan.cut], until=plan.at, progress=progress) if plan.cut is not None else ({}, None)
        )
        found = answer()
    if found is not None:
        sizes |= found[0]
        if plan.cut is not None and reached == plan.at:
            head.update(found[1])
            sizes[plan.cut] = sum(head.values())
    return sizes | {key: _total(blobs[key], progress) for key in blobs if key not in sizes}


def _plan(blobs: Mapping[str, LayerBlob]) -> _Plan:
    weights = {key: _members(blob) + blob.size / _JUMP for key, blob in blobs.items()}
    half, before = sum(weights.values()) / 2, 0.0
    if half < _WORTH_A_PROCESS:
        return _Plan(list(blobs), [])
    keys = list(blobs)
    for number, key in enumerate(keys):
        if before + weights[key] >= half:
            at = _member_at(blobs[key], (half - before) / weights[key])
            theirs = keys[number + 1 :]
            return _Plan(keys[:number], theirs, key, at) if at is not None else _Plan(keys[: number + 1], theirs)
        before += weights[key]
    return _Plan(keys, [])


def _members(blob: LayerBlob) -> float:
    """About how many members a layer has: a large one is looked at in many places."""
    if blob.size < _SMALL:
        return blob.size / _MEMBER
    with _open(blob) as tar:
        if not isinstance(tar, Window):
            return blob.size / _MEMBER
        found = 0
        for place in range(_PLACES):
            tar.seek(tar.size * place // _PLACES & -_BLOCK)
            content = tar.read(_SAMPLE)
            found += sum(content[at : at + 5] == b"ustar" for at in range(257, len(content), _BLOCK))
    return tar.size * found / (_PLACES * _SAMPLE)


def _member_at(blob: LayerBlob, share: float) -> int | None:
    """Where a member seems to begin, beyond a share of a layer; None in one that is stored compressed."""
    with _open(blob) as tar:
        if not isinstance(tar, Window):
            return None
        start = int(tar.size * share) & -_BLOCK
        tar.seek(start)
        content = tar.read(_SEARCHED)
    places = range(0, len(content) - _BLOCK, _BLOCK)
    return next((start + at for at in places if looks_like_member(content[at : at + _BLOCK])), None)


def _open(blob: LayerBlob) -> BinaryIO:
    """A layer's uncompressed tar, to be read forward."""
    return decompressed(blob.open_at())


def _total(blob: LayerBlob, progress: Progress | None = None) -> int:
    with _open(blob) as tar:
        return content_total(tar, progress)


def _walked(
    blob: LayerBlob, start: int = 0, until: int | None = None, progress: Progress | None = None
) -> tuple[dict[bytes, int], int | None]:
    """The sizes in a part of a layer, and where the walk stopped; None at the layer's end."""
    with _open(blob) as tar:
        if start:
            tar.seek(start)
        return content_sizes(tar, progress, until)
