"""Connections of urllib3 whose answers begin and end.

http.client reads interim answers and trailers for as long as they come, waits for each byte of a head as long as for the first, and takes
a chunk of length -1 for all that is still to come.
"""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from layertui.core.engines.cut_request import end_socket
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from urllib3 import PoolManager

_MOST_INTERIM = 20  # answers of status 100 before the real one
_MOST_TRAILERS = 100  # lines, as many as http.client takes of headers
_LONGEST_LINE = 1 << 16
_HEAD = 30  # seconds from an answer's first byte to the end of its head


def bound_answers(pools: PoolManager) -> PoolManager:
    """Have all connections of these pools, which have none yet, bound their answers."""
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _PoolWithTLS}
    return pools


class BoundedAnswer(HTTPResponse):
    """To be the `response_class` of a connection. The methods that begin with `_` are http.client's own, and have no other name there."""

    fp: Any = None
    """A file to read from, which `HTTPResponse` makes; its `close`, which Python calls in any case, needs it where that has failed."""

    _begun = 0

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._socket = sock

    def begin(self) -> None:
        """Read the head. TimeoutError if it takes long to come after its first byte, for which the socket's own timeout holds."""
        sock, self._socket = self._socket, None
        if _has_whole_head(self.fp.peek(1)):  # nearly always; it needs no timer
            super().begin()
            return
        late = Event()

        def end() -> None:
            late.set()
            end_socket(sock)

        timer = Timer(_HEAD, end)
        timer.daemon = True
        timer.start()
        try:
            super().begin()  # which takes the end of the connection for the end of a head
        except (HTTPException, OSError):
            if not late.is_set():
                raise
        finally:
            timer.cancel()
        if late.is_set():
            raise TimeoutError(tr("the head of the answer does not end"))

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise HTTPException(f"a chunk of {size} bytes")
        return size

    def _read_status(self) -> Any:
        self._begun += 1
        if self._begun > _MOST_INTERIM:
            raise HTTPException(f"more than {_MOST_INTERIM} interim answers")
        return super()._read_status()  # type: ignore[misc]

    def _read_and_discard_trailer(self) -> None:
        for _ in range(_MOST_TRAILERS):
            if self.fp.readline(_LONGEST_LINE) in (b"\r\n", b"\n", b""):
                return
        raise HTTPException(f"more than {_MOST_TRAILERS} lines after the body")


def _has_whole_head(begun: bytes) -> bool:
    """Whether the bytes that have come have all of the head; not if it is that of an interim answer."""
    status = b"".join(begun.split(None, 2)[1:2])
    return b"\r\n\r\n" in begun and not status.startswith(b"1")


class _Connection(HTTPConnection):
    response_class = BoundedAnswer


class _ConnectionWithTLS(HTTPSConnection):
    response_class = BoundedAnswer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _PoolWithTLS(HTTPSConnectionPool):
    ConnectionCls = _ConnectionWithTLS
