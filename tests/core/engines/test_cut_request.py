"""A request that another thread cuts."""

import socket
from http.client import HTTPConnection

import pytest

from layertui.core.engines.cut_request import SentRequest


def test_a_connection_that_comes_after_the_cut_is_closed():
    """It was taken from a pool, which does not have it any more."""
    connection = HTTPConnection("localhost")
    connection.sock, far = socket.socketpair()
    with far:
        request = SentRequest()
        request.cut()
        with pytest.raises(ConnectionAbortedError):
            request.take(connection)
        assert connection.sock is None
        assert far.recv(1) == b""
