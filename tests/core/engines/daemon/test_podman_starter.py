"""PodmanStarter with a program that only listens, as podman's service does, and the engine that is reached through it."""

import os
import stat
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import endpoints
from layertui.core.engines.daemon.podman_starter import PodmanStarter
from layertui.core.errors import StorageError, Unreachable
from layertui.core.inspector import Inspector
from layertui.core.inspector.engine_survey import start_engine
from layertui.core.settings import Settings

_LISTENING = f"""#!{sys.executable} -IS
import http.server, os, socketserver, sys
sys.argv[1:3] == ["system", "service"] and sys.argv[3].startswith("--time=") or sys.exit("other words")
class Handler(http.server.BaseHTTPRequestHandler):
    address_string = lambda self: ""
    log_message = lambda self, *_: None
    def do_GET(self):
        content = b'{{"Version": "7.7", "Title": "small"}}' if self.path.endswith("/version") else b"[]"
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
open(sys.argv[0] + ".runs", "a").write("x")
socketserver.UnixStreamServer(sys.argv[4].removeprefix("unix://"), Handler).serve_forever()
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "podman"
    path.write_text(_LISTENING)
    path.chmod(0o755)
    return path


@pytest.fixture
def short():
    """A folder whose name leaves room for that of a socket; pytest's own may not."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def environment(program, short, tmp_path, monkeypatch):
    """One in which no podman listens, and the program is there; what is started ends with the test."""
    monkeypatch.setattr("layertui.core.engines.daemon.endpoints._PODMAN_SOCKET", tmp_path / "podman.sock")
    started = []
    start = PodmanStarter.start
    monkeypatch.setattr(PodmanStarter, "start", lambda self: (started.append(self), start(self))[1])
    yield ClientEnvironment(runtime_dir=short, podman=program)
    for one in started:
        one.stop()


def runs(program):
    path = program.with_name("podman.runs")
    return len(path.read_text()) if path.exists() else 0


def test_it_listens_where_only_this_user_comes_and_ends(program, short):
    service = PodmanStarter(program, short)
    assert not service.was_started
    service.start()
    try:
        service.start()
        assert runs(program) == 1
        assert stat.S_ISSOCK(service.socket.stat().st_mode)
        assert stat.S_IMODE(service.socket.parent.stat().st_mode) == 0o700
        process = service._process
    finally:
        service.stop()
    assert process.poll() is not None
    assert not service.socket.parent.exists()


def test_a_folder_whose_name_is_too_long_for_a_socket_is_not_taken(program, short, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    service = PodmanStarter(program, folder)
    service.start()
    try:
        assert service.socket.exists()
        assert short in service.socket.parents
    finally:
        service.stop()


def test_what_it_says_when_it_cannot_start_is_reported(program, short):
    program.write_text("#!/bin/sh\necho first >&2\necho 'Error: no storage' >&2\nexit 125\n")
    with pytest.raises(Unreachable, match=r"has not started: Error: no storage$"):
        PodmanStarter(program, short).start()


def test_a_folder_of_that_name_that_others_can_enter_is_not_used(program, short):
    service = PodmanStarter(program, short)
    service.socket.parent.mkdir()
    service.socket.parent.chmod(0o777)
    with pytest.raises(StorageError):
        service.start()
    assert runs(program) == 0


@pytest.mark.slow
def test_the_engine_starts_it_when_it_is_asked_and_again_when_it_has_ended(environment, program):
    endpoint = endpoints(environment)["podman"]
    client = DaemonClient(endpoint)
    assert not endpoint.may_listen
    assert client.api.version()["Version"] == "7.7"
    assert endpoint.may_listen
    assert endpoint.socket == endpoint.service.socket
    endpoint.service._process.kill()
    endpoint.service._process.wait()
    assert client.api.version()["Version"] == "7.7"
    assert runs(program) == 2


@pytest.mark.slow
def test_it_is_not_started_to_be_listed_but_where_it_is_chosen(environment, program, tmp_path):
    settings = Settings(tmp_path / "store", clients=environment)
    with Inspector(settings) as inspector:
        assert "podman" not in inspector.engine_names()
        podman = next(one for one in inspector.engines(probe=False) if one.name == "podman")
        assert (podman.reachable, podman.can_be_started, runs(program)) == (False, True, 0)
        assert "--engine podman" in podman.why
        start_engine(inspector.of("podman").engine)
        assert "podman" in inspector.engine_names()
        podman = next(one for one in inspector.engines(probe=False) if one.name == "podman")
        assert (podman.reachable, podman.version, podman.images) == (True, "7.7", 0)
    with Inspector(replace(settings, engine="podman")) as inspector:
        assert inspector.images.list() == []
    assert runs(program) == 2


def test_where_an_address_is_named_nothing_is_started(environment, program, tmp_path):
    named = replace(environment, container_host=f"unix://{tmp_path}/other.sock")
    with pytest.raises(Unreachable, match="nothing listens"):
        _ = DaemonClient(endpoints(named)["podman"]).api
    assert runs(program) == 0


def test_the_program_is_found_on_the_path(program, tmp_path):
    assert ClientEnvironment.of({"PATH": f"relative:/nonexistent:{tmp_path}"}).podman == program
    assert ClientEnvironment.of({"PATH": os.devnull}).podman is None
