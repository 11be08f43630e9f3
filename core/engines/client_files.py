"""Files of docker and podman: contexts, settings, credentials. They are not trusted: each is read within a limit."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import orjson

from layertui.core.bounds import bounds

if TYPE_CHECKING:
    from pathlib import Path


def read_client_file(path: Path) -> dict[str, Any]:
    """A JSON object on disk; empty where there is none that can be read: as for docker, that counts as one without entries."""
    try:
        found = orjson.loads(_content(path))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def read_client_text(path: Path) -> str:
    """A text in UTF-8; empty where there is none that can be read."""
    try:
        return _content(path).decode()
    except (OSError, ValueError):
        return ""


def _content(path: Path) -> bytes:
    # Without waiting for a writer, if it is a named pipe.
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > bounds().json:
            return b""
        return file.read(bounds().json)
