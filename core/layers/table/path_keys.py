"""Keys of paths: relative, components joined by NUL, so that sorting them as bytes gives tree order."""

from __future__ import annotations

from layertui.core.errors import UnsafePath
from layertui.core.language.texts import tr


def normalize(path: bytes) -> bytes:
    """The key of a path as a tar names it; ``b""`` is the root.

    Raises UnsafePath if the path leads out of the root.
    """
    if b"./" in path or b"//" in path or path[:1] == b"/" or path[-1:] == b".":
        return b"\0".join(_parts(path))
    return path.rstrip(b"/").replace(b"/", b"\0")


def _parts(path: bytes) -> list[bytes]:
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            if not parts:
                text = path.decode(errors="backslashreplace")
                raise UnsafePath(tr("{text!r} in a layer leads outside the root", text=text))
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return parts


def key_of(path: str) -> bytes:
    """The key of an absolute path as text with surrogate escapes; ``..`` stays at the root."""
    parts: list[bytes] = []
    for part in path.encode("utf-8", "surrogateescape").split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"\0".join(parts)


def path_of(key: bytes) -> str:
    """The absolute path, as text with surrogate escapes, that ``key`` names."""
    return "/" + key.replace(b"\0", b"/").decode("utf-8", "surrogateescape")
