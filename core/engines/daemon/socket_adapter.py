"""SocketAdapter: requests over a daemon's unix socket that keep their connection for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docker.transport import UnixHTTPAdapter

if TYPE_CHECKING:
    from docker.transport.unixconn import UnixHTTPConnectionPool


class SocketAdapter(UnixHTTPAdapter):
    """The SDK's adapter has a pool of connections for each address, path and all, so that nearly every request would connect anew."""

    def get_connection(self, url: bytes | str, proxies: object = None) -> UnixHTTPConnectionPool:
        del url
        return super().get_connection("http+docker://localhost", proxies)
