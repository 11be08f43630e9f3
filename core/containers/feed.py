"""What we read goes to a running container's standard input, through its shim's socket."""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.shim_io import CLOSE, STDIN
from layertui.core.errors import WrongState

_PIECE = 1 << 16


def feed(folder: Path, source: int) -> None:
    """Carry bytes from a descriptor to the container's standard input until one of the two ends.

    `folder` is the bundle's. The shim tells us too what the container writes; that is read and let go of, since a client
    that does not listen is not kept.
    """
    with socket.socket(socket.AF_UNIX) as shim:
        try:
            # The path may be longer than a socket's address can be; a name in a folder that is open is not.
            at = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                shim.connect(f"/proc/self/fd/{at}/attach")
            finally:
                os.close(at)
        except OSError as error:
            raise WrongState("the container does not run, so it reads nothing") from error
        open_ends = [source, shim.fileno()]
        while shim.fileno() in open_ends:
            ready, _, _ = select.select(open_ends, [], [])
            if shim.fileno() in ready and not shim.recv(_PIECE):
                return
            if source in ready:
                content = os.read(source, _PIECE)
                if not content:
                    open_ends.remove(source)
                _send(shim, STDIN if content else CLOSE, content)


def _send(shim: socket.socket, kind: int, content: bytes) -> None:
    with suppress(OSError):  # the container has ended; the next read tells
        shim.sendall(bytes([kind]) + len(content).to_bytes(4, "big") + content)
