"""Follows symlinks by names where the kernel cannot: in a view of layers, an unmounted overlay, a folder of another user.

Where a folder on disk is open, `Beneath` does it by descriptors instead.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

MOST_LINKS = 40  # as the kernel, path_resolution(7)


class WalkStep(NamedTuple, Generic[T]):
    """What is at a name: what the caller needs to continue from there, and the target if it is a symlink."""

    found: T
    link: str | None


def steps_of(path: str) -> list[str]:
    """The components of a path, `..` among them."""
    return [part for part in path.split("/") if part not in ("", ".")]


def follow_links(
    path: str,
    look: Callable[[Sequence[T], str, bool], WalkStep[T]],
    *,
    follow: bool = True,
    above_root: Callable[[], object] = lambda: None,
) -> list[T]:
    """What `look` found for each component of a path once all symlinks are followed; at its end only with `follow`.

    `look(way, name, more)`: `way` has what was found for the folders above, top first, so nothing at the root; `more` says
    whether the path goes on, in which case anything but a folder can be refused. `above_root` is called for a `..` at the
    root, where a process would stay; it may raise. Raises OSError with ELOOP, and what `look` raises.
    """
    ahead = steps_of(path)
    way: list[T] = []
    links = 0
    while ahead:
        name = ahead.pop(0)
        if name == "..":
            if not way:
                above_root()
            del way[-1:]
            continue
        found, link = look(way, name, bool(ahead))
        if link is None or not (ahead or follow):
            way.append(found)
            continue
        links += 1
        if links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        if link.startswith("/"):
            way = []
        ahead[:0] = steps_of(link)
    return way
