"""A session over a connection that a daemon has made of a request; the other end is a socket of the test."""

import http.client
import io
import select
import socket
import struct
from types import SimpleNamespace

import pytest

from layertui.core.containers.model.session import TerminalSize
from layertui.core.engines.daemon.containers.daemon_session import DaemonSession
from layertui.core.engines.daemon.containers.hijacked_socket import HijackedSocket
from layertui.core.errors import LayertuiError

HEAD = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"


def frame(kind, content):
    return struct.pack(">BxxxL", kind, len(content)) + content


class Daemon:
    """The other end, and what the session has asked for."""

    def __init__(self, first=b"", **how):
        ours, self.socket = socket.socketpair()
        self.sizes, self.codes = [], 0
        self.socket.sendall(HEAD + first)  # output may come in one piece with the head
        answered = http.client.HTTPResponse(ours)
        answered.begin()
        response = SimpleNamespace(raw=SimpleNamespace(_fp=answered), close=answered.close)
        ours.close()  # the response has it now
        told = {"tty": False, "resize": self.sizes.append, "code": self.code, **how}
        self.session = DaemonSession(HijackedSocket(response), **told)

    def code(self):
        self.codes += 1
        return 7


@pytest.fixture
def daemon():
    made = []

    def make(*words, **how):
        made.append(Daemon(*words, **how))
        return made[-1]

    yield make
    for one in made:
        one.session.close()
        one.socket.close()


def received(session):
    found = {"stdout": b"", "stderr": b""}
    poll = select.poll()
    poll.register(session, select.POLLIN)
    while not session.ended:
        for stream, content in session.receive():
            found[stream] += content
        session.flush()
        assert session.ended or poll.poll(20_000)
    return found


def test_output_that_came_with_the_head_is_not_lost(daemon):
    made = daemon(frame(1, b"first") + frame(2, b"err")[:5])
    made.socket.sendall(frame(2, b"err")[5:] + frame(1, b" last"))
    made.socket.shutdown(socket.SHUT_WR)
    assert received(made.session) == {"stdout": b"first last", "stderr": b"err"}


def test_nothing_that_has_come_blocks_nobody(daemon):
    session = daemon().session
    assert list(session.receive()) == []
    assert not session.ended
    assert session.code is None


def test_the_exit_code_is_asked_for_once_and_at_the_end(daemon):
    made = daemon()
    assert (made.session.code, made.codes) == (None, 0)
    made.socket.close()
    received(made.session)
    assert (made.session.code, made.session.code, made.codes) == (7, 7, 1)


def test_more_than_it_takes_waits(daemon):
    made = daemon()
    typed = bytes(range(256)) * 8192
    made.session.type(typed)
    made.session.end_input()
    assert made.session.behind
    got = b""
    while piece := made.socket.recv(1 << 20):
        got += piece
        made.session.flush()
    assert got == typed
    assert not made.session.behind


def test_input_that_goes_on_does_not_end(daemon):
    made = daemon(ends_input=False)
    made.session.end_input()
    made.session.type(b"x")
    assert made.socket.recv(10) == b"x"
    made.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        made.socket.recv(10)


def test_every_size_is_reported_in_turn(daemon):
    made = daemon(tty=True)
    sizes = [TerminalSize(25, 80), TerminalSize(24, 80)]
    for size in sizes:
        made.session.resize(size)
    made.session.close()
    made.session._sizes._thread.join(20)
    assert made.sizes == sizes


def test_a_signal_cannot_be_sent(daemon):
    session = daemon().session
    assert not session.takes_signals
    with pytest.raises(LayertuiError):
        session.signal(2)


def test_a_daemon_that_is_gone_takes_nothing_more(daemon):
    made = daemon()
    made.socket.close()
    received(made.session)
    made.session.type(b"x" * 100)
    made.session.type(b"x" * 100)
    assert not made.session.behind


def test_what_was_put_back_comes_again(daemon):
    made = daemon(frame(1, b"abc"))
    made.socket.close()
    connection = made.session._connection
    content = b""
    while not connection.ended:
        content += connection.receive()
    connection.unread(content)
    assert received(made.session)["stdout"] == b"abc"


def test_pipes_of_ssh_are_carried():
    """Over ssh there is no socket, but a process: what it reads and writes is carried by threads."""
    process = SimpleNamespace(stdin=io.BytesIO(), stdout=io.BufferedReader(io.BytesIO(b"answer")))
    reader = SimpleNamespace(channel=SimpleNamespace(proc=process))
    response = SimpleNamespace(raw=SimpleNamespace(_fp=SimpleNamespace(fp=reader)), close=lambda: None)
    connection = HijackedSocket(response)
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    content = b""
    while not connection.ended:
        assert poll.poll(20_000)
        content += connection.receive()
    assert content == b"answer"
    connection.close()
