"""A daemon that answers without end, bit by bit, with another address, or with nonsense: one line, within bounds of memory and time."""

import socket
import threading
from contextlib import contextmanager, suppress
from itertools import repeat
from types import SimpleNamespace

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines import bounded_connections
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json, post
from layertui.core.engines.daemon.containers.expected_end import expected_end
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.daemon_transfer import DaemonTransfer
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.errors import Damaged, LayertuiError, LimitExceeded, Unreachable
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress

PING = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE = 1 << 16


class HostileDaemon:
    """On a unix socket. Each request but the ping is answered by the pieces that `answer` gives, until the client goes."""

    def __init__(self, folder):
        self.address = f"unix://{folder}/docker.sock"
        self.answer, self.ping = iter, (PING,)
        self.pause = 0.0
        """Seconds between two pieces."""
        self.sent = 0
        self.over = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/docker.sock")
        self._listener.listen()
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def client(self, kind="docker"):
        return DaemonClient(Endpoint(kind, kind, self.address))

    def close(self):
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                thread = threading.Thread(target=self._serve, args=[connection])
                self.threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with connection, suppress(OSError):
            connection.settimeout(20)
            asked = connection.makefile("rb")
            while line := asked.readline():
                while asked.readline().strip():
                    pass
                for piece in self.ping if b"/_ping" in line else self.answer():
                    connection.sendall(piece)
                    self.sent += len(piece)
                    if self.over.wait(self.pause):
                        return


@pytest.fixture
def daemon(tmp_path):
    made = HostileDaemon(tmp_path)
    yield made
    made.close()


def endless(begin, piece):
    """An answer that begins, and then says the same for ever."""

    def answer():
        yield begin
        yield from repeat(piece)

    return answer


ENDLESS = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, Unreachable, "more than 20 interim answers"),
    "header lines": (HEAD, b"a: b\r\n" * 100, Unreachable, "more than 100 headers"),
    "one header line": (HEAD + b"a: ", b"b" * PIECE, Unreachable, "more than 65536 bytes"),
    "one status line": (b"", b"b" * PIECE, Unreachable, "more than 65536 bytes|BadStatusLine|bbbb"),
    "one list": (HEAD + b"\r\n[0", b",0" * PIECE, LimitExceeded, "LAYERTUI_MAX_DOCUMENTS"),
    "one text": (HEAD + b"\r\n[0", b'"' + b"x" * PIECE, LimitExceeded, "LAYERTUI_MAX_DOCUMENTS"),
    "chunks": (CHUNKED, b"10000\r\n" + b" " * PIECE + b"\r\n", LimitExceeded, "LAYERTUI_MAX_DOCUMENTS"),
    "one chunk": (CHUNKED + b"f" * 12 + b"\r\n", b" " * PIECE, LimitExceeded, "LAYERTUI_MAX_DOCUMENTS"),
    "a chunk of length -1": (CHUNKED + b"-1\r\n", b" " * PIECE, Unreachable, "a chunk of -1 bytes"),
    "the length of a chunk": (CHUNKED, b"1" * PIECE, Unreachable, "."),
    "lines after the body": (CHUNKED + b"2\r\n[]\r\n0\r\n", b"a: b\r\n" * 100, Unreachable, "lines after the body"),
    "an error": (b"HTTP/1.1 500 No\r\n\r\n", b"no " * PIECE, LayertuiError, "no no"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_end(daemon, lower, what):
    begin, piece, error, words = ENDLESS[what]
    lower(documents=1 << 20)
    daemon.answer = endless(begin, piece)
    with pytest.raises(error, match=words) as caught:
        get_json(daemon.client(), "/images/json")
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 600
    assert daemon.sent < 1 << 24


def test_a_list_of_many_short_values_takes_no_more_memory_than_it_may(daemon, lower):
    """A list of `{}` takes thirty times its length."""
    lower(documents=1 << 20)
    body = b"[" + b"{}," * 100_000 + b"{}]"
    daemon.answer = lambda: (HEAD + b"Content-Length: %d\r\n\r\n" % len(body), body)
    with pytest.raises(LimitExceeded, match="too many values"):
        get_json(daemon.client(), "/images/json")


def test_the_answer_to_a_ping_is_not_read(daemon):
    daemon.ping = (HEAD + b"Api-Version: 1.41\r\n\r\n", *[b"OK" * PIECE] * 100)
    daemon.answer = lambda: (HEAD + b"Content-Length: 2\r\n\r\n[]",)
    assert get_json(daemon.client(), "/images/json") == []
    assert daemon.sent < 100 * PIECE


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=["alone", "after an interim answer"])
def test_a_head_that_comes_bit_by_bit(daemon, monkeypatch, begin):
    monkeypatch.setattr(bounded_connections, "_HEAD", 0.1)
    daemon.answer, daemon.pause = endless(begin + HEAD + b"a: ", b"b"), 0.01
    with pytest.raises(Unreachable, match=r"the head of the answer does not end|no answer in time"):
        get_json(daemon.client(), "/images/json")


def test_a_head_in_two_pieces_is_no_fault(daemon):
    daemon.answer, daemon.pause = lambda: (HEAD, b"Content-Length: 2\r\n\r\n[]"), 0.01
    assert get_json(daemon.client(), "/images/json") == []


def test_a_short_answer_that_comes_bit_by_bit(daemon):
    daemon.answer, daemon.pause = endless(HEAD + b"\r\n", b" "), 0.01
    with pytest.raises(Unreachable, match="no answer in time"):
        post(daemon.client(), "/containers/a1/start", "", seconds=0.2)


def test_no_redirect_is_followed(daemon, tmp_path):
    (tmp_path / "other").mkdir()
    with other_server() as (port, asked):
        head = f"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:{port}/\r\n\r\n".encode()
        daemon.answer = endless(head, b" " * PIECE)
        with pytest.raises(Unreachable, match="redirect"):
            get_json(daemon.client(), "/images/json")
        assert not asked


@contextmanager
def other_server():
    """One on loopback, and who has connected to it."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            with suppress(OSError):
                asked.append(listener.accept()[1])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1], asked
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_the_answer_to_a_wait_that_does_not_end(daemon, lower):
    lower(documents=1 << 20)
    daemon.answer = endless(CHUNKED, b"10000\r\n" + b" " * PIECE + b"\r\n")
    container = SimpleNamespace(id="a1", name="one", created="", started=None)
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_DOCUMENTS"):
        expected_end(daemon.client(), container).code(None)


@pytest.mark.parametrize(
    "piece", [b"10000\r\n" + b" x" * (PIECE // 2) + b"\r\n", b"f" * PIECE], ids=["one message", "the length of a chunk"]
)
def test_the_messages_of_a_pull_that_do_not_end(daemon, piece, tmp_path):
    daemon.answer = endless(CHUNKED, piece)
    images = SimpleNamespace(list=list)
    transfer = DaemonTransfer(daemon.client(), images, ClientEnvironment.of({"HOME": str(tmp_path)}))
    with pytest.raises((Damaged, Unreachable)):
        transfer.pull(Reference.parse("shop/box:1"), None, Progress())
    assert daemon.sent < 1 << 24
