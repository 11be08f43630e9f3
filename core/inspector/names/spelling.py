"""How a user names an image: the transports of skopeo and podman, paths, and `@N` or `@M..N` behind any of them.

Reading a spelling opens nothing; it only asks the disk whether a path is there.
"""

import os
import re
from typing import NamedTuple

from layertui.core.engines.transports import Transport, transport_of
from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

# A digest behind `@` has its algorithm and a colon, so digits alone are layers.
_LAYERS = re.compile(r"(.+)@(\d+)(?:\.\.(\d+))?", re.DOTALL)


class Spelling(NamedTuple):
    """A name taken apart: where to look, for what, and which layers of it."""

    transport: str
    """A prefix of `TRANSPORTS`; `name` for a bare name or ID, `path` for a bare path."""
    rest: str
    """A name, an ID, or a path."""
    ref: str | None = None
    """Which image of an archive or a layout."""
    upto: int | None = None
    span: tuple[int, int] | None = None


def read_spelling(text: str) -> Spelling:
    """Take a name apart. UsageError for layers that cannot be; LayertuiError for a place that is not at hand."""
    if not text:
        raise UsageError(tr("empty image name"))
    match = None if os.path.exists(text) else _LAYERS.fullmatch(text)
    if match is None:
        return _with_transport(text, None, None)
    name, first, last = match.groups()
    if last is None:
        return _with_transport(name, _layer(text, first), None)
    low, high = _layer(text, first), _layer(text, last)
    if low > high:
        raise UsageError(tr("{text!r}: layers go from the lower to the higher number", text=text))
    return _with_transport(name, None, (low, high))


def _layer(text: str, digits: str) -> int:
    number = int(digits[:9])
    if number < 1:
        raise UsageError(tr("{text!r}: layers are numbered from 1 at the bottom", text=text))
    return number


def _with_transport(text: str, upto: int | None, span: tuple[int, int] | None) -> Spelling:
    found = transport_of(text)
    if found is None:
        is_one = is_path(text)
        return Spelling("path" if is_one else "name", _from_home(text) if is_one else text, None, upto, span)
    prefix, transport, rest = found
    if transport.kind == "archive":
        path, ref = split_path(prefix, transport, rest)
        return Spelling(prefix, path, ref, upto, span)
    if not rest:
        raise UsageError(tr("{text!r}: a name is missing after the colon", text=text))
    return Spelling(prefix, rest, None, upto, span)


def split_path(prefix: str, transport: Transport, rest: str) -> tuple[str, str | None]:
    """A path, and behind a colon a reference; a path that is there may itself have colons. Raises UsageError."""
    if not rest:
        raise UsageError(
            tr("a path is missing after the colon; write {prefix}:{rest}", prefix=prefix, rest=transport.rest)
        )
    rest = _from_home(rest)
    if os.path.exists(rest):
        return rest, None
    cut = rest.find(":")
    while cut > 0:
        if os.path.exists(rest[:cut]):
            return rest[:cut], rest[cut + 1 :] or None
        cut = rest.find(":", cut + 1)
    path, _, ref = rest.partition(":")
    return path, ref or None


def _from_home(path: str) -> str:
    """A path below `~`, which no shell expands behind a colon or in quotes; unchanged where a folder here is called `~`."""
    return os.path.expanduser(path) if path.startswith("~/") and not os.path.exists(path) else path


def is_path(text: str) -> bool:
    """Whether a bare word is a path: written as one, or a file with a dot or slash in its name that is there.

    A plain word is looked up as a name first, so that a folder `busybox` here does not hide the image of that name.
    """
    if text.startswith(("/", "./", "../", "~/")) or text in (".", ".."):
        return True
    return ("/" in text or "." in text) and os.path.exists(text)
