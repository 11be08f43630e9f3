"""SentRequest: a request on a thread of its own, whose connection another thread can cut.

A thread that sends to a server that takes nothing more, or waits for an answer that does not begin, ends in no other way. The pool of
connections has to be a CuttableConnections.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import PoolManager

_current: ContextVar[SentRequest | None] = ContextVar("_current", default=None)


class SentRequest:
    """What a thread sends. `begin` is called on that thread, `cut` on any other."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._is_cut = False

    def begin(self) -> None:
        """The requests that this thread sends from now on are this one, one after the other."""
        _current.set(self)

    def take(self, connection: Any) -> None:
        """It is being sent over this connection of urllib3. Raises ConnectionAbortedError after `cut`."""
        self._connection = connection
        if self._is_cut:
            connection.close()  # it belongs to no pool while it is out
            raise ConnectionAbortedError("cancelled")

    def cut(self) -> None:
        """End the connection: the thread that sends or waits there gets an error. While it connects nothing happens; cut it again then."""
        self._is_cut = True
        end_socket(getattr(self._connection, "sock", None))


def end_socket(sock: Any) -> None:
    """End the connection of a socket that another thread waits for; one that is none has a method `interrupt` for that."""
    if (interrupt := getattr(sock, "interrupt", None)) is not None:
        interrupt()
    elif isinstance(sock, socket.socket):
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of TLS would change what the other thread uses


class CuttableConnections:
    """To be put before a pool of urllib3: records in the SentRequest of the thread over which connection it goes."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]  # the pool's
        if (request := _current.get()) is not None:
            request.take(connection)
        return connection


def cuttable(pools: PoolManager) -> PoolManager:
    """Have a manager of pools, which is not used yet, make CuttableConnections."""
    pools.pool_classes_by_scheme = {
        scheme: type(kind.__name__, (CuttableConnections, kind), {})
        for scheme, kind in pools.pool_classes_by_scheme.items()
    }
    return pools
