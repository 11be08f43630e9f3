"""Connections of urllib3 whose answers begin and end: http.client reads interim answers and trailers for as long as they come."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from urllib3 import PoolManager

_MOST_INTERIM = 20  # answers of status 100 before the real one
_MOST_TRAILERS = 100  # lines, as many as http.client takes of headers
_LONGEST_LINE = 1 << 16


def bound_answers(pools: PoolManager) -> PoolManager:
    """Have all connections of these pools, which have none yet, bound their answers."""
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _PoolWithTLS}
    return pools


class _Answer(HTTPResponse):
    """The two methods are http.client's own, and have no other name there."""

    _begun = 0

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


class _Connection(HTTPConnection):
    response_class = _Answer


class _ConnectionWithTLS(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _PoolWithTLS(HTTPSConnectionPool):
    ConnectionCls = _ConnectionWithTLS
