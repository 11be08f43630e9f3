"""SocketAdapter: requests over a daemon's unix socket that keep their connection for the next one."""

from __future__ import annotations

import time
from typing import Any

from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool

from layertui.core.engines.bounded_connections import BoundedAnswer
from layertui.core.engines.cut_request import CuttableConnections

SENDING = 120  # seconds until a daemon takes more of what it is sent
_KEPT = 1.0  # seconds
"""A service of Podman ends after seconds without a request: a connection that it is about to close must not get the next one."""
_ADDRESS = "http+docker://localhost"


class SocketAdapter(UnixHTTPAdapter):
    """The SDK's adapter has a pool of connections for each address, path and all, so that nearly every request would make a new connection."""

    def get_connection(self, url: bytes | str, proxies: object = None) -> UnixHTTPConnectionPool:
        with self.pools.lock:
            found: UnixHTTPConnectionPool | None = self.pools.get(_ADDRESS)
            if found is None:
                found = SocketPool(_ADDRESS, self.socket_path, self.timeout, maxsize=self.max_pool_size)
                self.pools[_ADDRESS] = found
        return found


class SocketPool(CuttableConnections, UnixHTTPConnectionPool):
    """The connections to one socket: one that has been idle for long is closed, and the next request makes a new one."""

    def _new_conn(self) -> Any:
        return PatientConnection(self.base_url, self.socket_path, SENDING)

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)
        if connection.sock is not None:
            if time.monotonic() - connection.idle_since > _KEPT:
                connection.close()
            else:  # else it is sent with the patience that the answer before had, which may be endless
                connection.sock.settimeout(SENDING)
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)


class PatientConnection(UnixHTTPConnection):
    """A daemon that is busy may take what it is sent more slowly than it accepts a connection."""

    response_class = BoundedAnswer
    idle_since = 0.0

    def connect(self) -> None:
        super().connect()
        assert self.sock is not None
        self.sock.settimeout(SENDING)
