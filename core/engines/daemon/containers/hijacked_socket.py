"""The connection of an `attach` or `exec` as a socket that does not block: what a daemon makes of an HTTP request."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from layertui.core.engines.daemon.api_requests.daemon_requests import CONNECT, PATIENCE, raise_for_status, url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import Response

    from layertui.core.engines.daemon.daemon_client import DaemonClient

_PIECE = 1 << 16


class HijackedSocket:
    """Sends and receives without blocking. Poll `fileno()`."""

    def __init__(self, response: Response) -> None:
        """Take over the connection of an answered request; over ssh, threads carry between its pipes and a socket."""
        reader: Any = response.raw._fp.fp  # type: ignore[union-attr]  # noqa: SLF001 - as the SDK itself finds it
        self._response = response  # collected, it would close the connection
        self._read = b""
        channel = getattr(reader, "channel", None)
        if channel is not None:
            self._socket: Any = _carried(channel.proc)
            self._socket.setblocking(False)
        else:
            self._socket = reader.raw._sock  # noqa: SLF001 - the same
            self._socket.setblocking(False)
            with suppress(OSError, ValueError):
                self._read = bytes(reader.peek())  # what http.client has read beyond the head of the answer
        self.ended = False

    def unread(self, content: bytes) -> None:
        """Put back what was received: the next `receive` gives it again. Its end is then met again too."""
        self._read, self.ended = content + self._read, False

    def fileno(self) -> int:
        return int(self._socket.fileno())

    def receive(self) -> bytes:
        """What has come in; empty where nothing has, or where `ended` is set."""
        if self._read:
            content, self._read = self._read, b""
            return content
        content = self._received()
        # What TLS has decrypted already is nothing that poll would report.
        while content and getattr(self._socket, "pending", _none)():
            more = self._received()
            if not more:
                break
            content += more
        return content

    def _received(self) -> bytes:
        try:
            content: bytes = self._socket.recv(_PIECE)
        except OSError as error:
            self.ended = not _would_block(error)
            return b""
        self.ended = not content
        return content

    def send(self, content: bytes | bytearray) -> int | None:
        """How many bytes were sent, 0 where none can be now; None where the other side is gone."""
        try:
            return int(self._socket.send(content))
        except OSError as error:
            return 0 if _would_block(error) else None

    def end_output(self) -> None:
        """Nothing more will be sent; what comes in is still received."""
        with suppress(OSError, ValueError):
            if (end_of_tls := getattr(self._socket, "unwrap", None)) is not None:
                end_of_tls()  # sends the end, and raises an error since that of the other side has not come
            else:
                self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection; the process goes on."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            self._socket.close()
        with suppress(OSError, ValueError):
            self._response.close()


def _none() -> int:
    return 0


def _would_block(error: OSError) -> bool:
    """Whether it is only not the time: TLS has errors of its own for that."""
    return isinstance(error, BlockingIOError) or type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError")


def _carried(process: Any) -> socket.socket:
    """A socket whose other end two threads carry to and from the pipes of a process."""
    from threading import Thread

    ours, theirs = socket.socketpair()

    def into() -> None:
        with suppress(OSError, ValueError):
            while content := theirs.recv(_PIECE):
                process.stdin.write(content)
                process.stdin.flush()
        with suppress(OSError, ValueError):
            process.stdin.close()

    def out() -> None:
        with theirs:
            with suppress(OSError, ValueError):
                while content := process.stdout.read1(_PIECE):
                    theirs.sendall(content)
            with suppress(OSError):
                theirs.shutdown(socket.SHUT_WR)
            typing.join()

    typing = Thread(target=into, daemon=True)
    typing.start()
    Thread(target=out, daemon=True).start()
    return ours


def hijack(
    client: DaemonClient,
    path: str,
    what: str,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> HijackedSocket:
    """The connection that a daemon makes of a POST to attach to a process: from then on both sides only stream."""
    with client.errors(what):
        response = client.api.post(
            url(client.api, path),
            json=body,
            params=query,
            headers={"Connection": "Upgrade", "Upgrade": "tcp"},
            stream=True,
            timeout=(CONNECT, PATIENCE),
        )
        raise_for_status(response)
        return HijackedSocket(response)
