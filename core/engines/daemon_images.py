"""Images that a daemon of this machine has, Docker Engine or Podman: asked over its socket, where a name means nothing here.

No engine of ours: all that is asked is whether the image is there, so that an error can say how to get it.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PATIENCE = 1.0  # seconds that a daemon has for each step of its answer
_NAME = re.compile(r"[\w][\w.:/@-]*", re.ASCII)
_FOUND = re.compile(rb"HTTP/1\.\d 200 ")


def holder(name: str, sockets: Iterable[tuple[str, Path]]) -> str | None:
    """The program, `docker` or `podman`, whose daemon has an image of this name; None where none has, or none answers.

    `sockets` are programs, each with where its daemon may listen.
    """
    if _NAME.fullmatch(name):
        for program, path in sockets:
            with suppress(OSError):  # nobody listens, nobody answers, or not to us
                if _has(path, name):
                    return program
    return None


def _has(path: Path, name: str) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_PATIENCE)
        client.connect(str(path))
        client.sendall(f"GET /images/{name}/json HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("ascii"))
        return _FOUND.match(client.recv(64)) is not None
