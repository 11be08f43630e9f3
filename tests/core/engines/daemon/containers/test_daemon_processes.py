"""A daemon that goes while a process of `exec` runs."""

import http.client
import select
import socket
from types import SimpleNamespace

import pytest

from layertui.core.containers.model.container import State
from layertui.core.engines.daemon.containers import daemon_processes
from layertui.core.engines.daemon.containers.daemon_processes import DaemonProcesses
from layertui.core.engines.daemon.containers.hijacked_socket import HijackedSocket
from layertui.core.engines.daemon.files.container_programs import run
from layertui.core.errors import Unreachable
from scripted_daemon import ScriptedDaemon


@pytest.fixture
def daemon():
    found = ScriptedDaemon()
    found.answers("POST", "exec", b'{"Id": "e1"}')
    found.answers("GET", "json", b'{"Running": true, "Pid": 7, "ExitCode": null}')
    return found


@pytest.fixture
def processes(daemon, monkeypatch):
    """Those of a daemon that goes as soon as it has begun a process."""

    def hijack(*_, **__):
        ours, theirs = socket.socketpair()
        theirs.sendall(b"HTTP/1.1 101 UPGRADED\r\n\r\n")
        answered = http.client.HTTPResponse(ours)
        answered.begin()
        ours.close()
        theirs.close()
        return HijackedSocket(SimpleNamespace(raw=SimpleNamespace(_fp=answered), close=answered.close))

    monkeypatch.setattr(daemon_processes, "hijack", hijack)
    container = SimpleNamespace(id="a1", name="one", state=State.RUNNING)
    return DaemonProcesses(SimpleNamespace(client=daemon.client(), get=lambda _: container), SimpleNamespace())


def test_the_error_names_the_daemon(daemon, processes):
    with processes.exec("one", ["sleep"]) as session:
        daemon.gone = True
        poll = select.poll()
        poll.register(session, select.POLLIN)
        while not session.ended:
            assert poll.poll(20_000)
            assert [*session.receive()] == []
        with pytest.raises(Unreachable, match=r"nowhere/docker\.sock.*how this process ended is unknown"):
            _ = session.code


def test_a_program_whose_end_is_unknown_is_not_taken_for_one_that_has_done_its_work(daemon, processes, monkeypatch):
    begun = DaemonProcesses._begun

    def beginning(*words):
        begun(*words)
        daemon.gone = True

    monkeypatch.setattr(DaemonProcesses, "_begun", beginning)
    with pytest.raises(Unreachable):
        run(processes, "one", ["rm", "-r", "/data"])
