"""One path of two images as a unified diff, like `diff -u`."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from layertui.tui.common.format import count_text, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

# `safe` escapes tabs, but a patch without its tabs cannot be applied.
_TAB = re.compile("(\t)")
_SNIFFED = 8192
"""Bytes at the beginning in which a NUL makes a file binary, as in git."""
_MOST = 1 << 25
"""Bytes of a text whose lines are compared; for a larger one sizes and digests are shown."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file on one side."""

    label: str
    """The side and the path."""
    size: int
    sha256: str
    text: bytes | None
    """The content; None if it is binary, or too large to be compared line by line."""


def read_content(label: str, stream: BinaryIO) -> Content:
    """Read a file: completely if it is a text, otherwise for its digest."""
    head = stream.read(_MOST)
    total, size = hashlib.sha256(head), len(head)
    whole = True
    while more := stream.read(1 << 20):
        whole = False
        size += len(more)
        total.update(more)
    text = head if whole and b"\0" not in head[:_SNIFFED] else None
    return Content(label, size, f"sha256:{total.hexdigest()}", text)


def patch_lines(a: Content | None, b: Content | None) -> Iterator[str]:
    """The lines of the diff; none for equal contents. None is a missing file: `/dev/null`."""
    if _digest(a) == _digest(b):
        return
    if any(side is not None and side.text is None for side in (a, b)):
        yield f"Binary files {_summary(a)} and {_summary(b)} differ"
        return
    for line in difflib.unified_diff(_lines(a), _lines(b), _label(a), _label(b)):
        text, end, _ = line.partition("\n")
        yield "".join(part if part == "\t" else safe(part) for part in _TAB.split(text))
        if not end:
            yield "\\ No newline at end of file"


def patch_object(path: str, a: Content | None, b: Content | None) -> dict[str, Any]:
    """`compare --content --json`; `diff` is null if lines were not compared."""
    of_text = all(side is None or side.text is not None for side in (a, b))
    return {
        "path": path,
        "same": _digest(a) == _digest(b),
        "a": _object(a),
        "b": _object(b),
        "diff": "".join(f"{line}\n" for line in patch_lines(a, b)) if of_text else None,
    }


def _object(side: Content | None) -> dict[str, Any] | None:
    return None if side is None else {"size": side.size, "sha256": side.sha256}


def _digest(side: Content | None) -> str | None:
    return None if side is None else side.sha256


def _label(side: Content | None) -> str:
    return "/dev/null" if side is None else safe(side.label)


def _summary(side: Content | None) -> str:
    return _label(side) + (f" ({count_text(side.size)} bytes, {side.sha256})" if side else "")


def _lines(side: Content | None) -> list[str]:
    """Lines with their ends; only a line feed ends one, unlike for `str.splitlines`."""
    *lines, last = (side.text or b"" if side else b"").decode("utf-8", "surrogateescape").split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
