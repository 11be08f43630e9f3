"""How a daemon is spoken to, and how its words of an error are read."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from docker.api import client as sdk
from docker.errors import APIError
from requests import Response

from layertui.core.containers.model.container import CreateOptions
from layertui.core.engines.daemon import socket_adapter
from layertui.core.engines.daemon.api_requests.daemon_answers import get_body, streamed
from layertui.core.engines.daemon.api_requests.daemon_requests import CONNECT, PATIENCE, get_json
from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
from layertui.core.engines.daemon.containers.daemon_containers import DaemonContainers
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.engines.daemon.images.archive_upload import upload
from layertui.core.engines.daemon.sdk_modules import import_ssh
from layertui.core.errors import Cancelled, Conflict, LayertuiError, NotFound, Unreachable, UsageError, WrongState
from layertui.core.fs.reader import read_to_end
from layertui.core.progress import Progress
from scripted_daemon import ScriptedDaemon
from small_daemon import small_daemon

ADVICE = "ssh may not ask for a passphrase or password here; add the key to ssh-agent: `ssh-add`"


def raised(status, words):
    response = Response()
    response.status_code = status
    client = DaemonClient(Endpoint("podman", "podman", "unix:///nowhere"))
    with pytest.raises(LayertuiError) as caught, client.errors():
        raise APIError("", response, words)
    return type(caught.value)


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (404, "No such container: x", NotFound),
        (409, "Container f is not running", WrongState),
        (500, '"exited" is not running, can\'t pause: container state improper', WrongState),
        (409, 'The container name "/x" is already in use by container "f"', Conflict),
        (500, "creating container storage: the container name x is already in use by f", Conflict),
        (500, "renaming container f: UNIQUE constraint failed: ContainerConfig.Name", Conflict),
        (400, "invalid signal: FOO", UsageError),
        (500, "something else", LayertuiError),
    ],
)
def test_errors_of_both_daemons(status, words, error):
    assert raised(status, words) is error


def test_ssh_needs_no_paramiko(monkeypatch):
    before = sys.modules.get("paramiko")
    monkeypatch.delattr(sdk, "SSHHTTPAdapter", raising=False)
    monkeypatch.delitem(sys.modules, "docker.transport.sshconn", raising=False)
    import_ssh()
    assert sdk.SSHHTTPAdapter.__name__ == "SSHHTTPAdapter"
    assert sys.modules.get("paramiko") is before


def in_a_new_process(code):
    """The words that a new process prints, in which the SDK has just been imported."""
    code = f"import sys; from layertui.core.engines.daemon import sdk_modules as s; s.import_sdk(); {code}"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.slow
def test_the_sdk_is_imported_without_what_it_does_not_need():
    loaded = in_a_new_process("print(*sys.modules)")
    assert "docker.api.client" in loaded
    assert not [name for name in loaded if name.startswith(("charset_normalizer", "idna", "docker.models"))]


@pytest.mark.slow
def test_another_package_has_all_of_the_sdk():
    code = (
        "import docker; print(docker.from_env.__name__, docker.DockerClient.__module__, 'docker.models' in sys.modules)"
    )
    assert in_a_new_process(code) == ["from_env", "docker.client", "True"]
    assert in_a_new_process("import docker; print(hasattr(docker, 'x'), hasattr(docker, 'client'))") == [
        "False",
        "False",
    ]
    assert in_a_new_process("s.import_sdk(); import docker.client; print(docker.client.from_env.__name__)") == [
        "from_env"
    ]


@pytest.mark.slow
def test_a_host_whose_name_is_not_ascii_is_still_written_as_dns_has_it():
    code = "import requests; print(requests.Request('GET', 'http://b\u00fccher.invalid/').prepare().url)"
    assert in_a_new_process(code) == ["http://xn--bcher-kva.invalid/"]


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (
            "echo 'ann@far: Permission denied (publickey).' >&2; exit 255",
            f"ann@far: Permission denied (publickey); {ADVICE}",
        ),
        ("cat >/dev/null & exit 255", "ssh ended without an answer"),
        (
            "cat >/dev/null & echo 'sh: docker: command not found' >&2; exit 127",
            "sh: docker: command not found; the command line of docker is needed on that host",
        ),
    ],
)
def test_ssh_that_cannot_connect_says_why(does, error, ssh):
    ssh(does)
    with pytest.raises(Unreachable) as caught:
        _ = DaemonClient(Endpoint("far", "docker", "ssh://ann@far:2222")).api
    assert str(caught.value) == f"Docker Engine at ssh://ann@far:2222: {error}"


def test_ssh_asks_nothing_on_the_terminal(ssh):
    """It is told not to, and has no terminal that it could ask on."""
    seen = ssh('echo "$@" > seen; (: < /dev/tty) 2>/dev/null && echo terminal >> seen; exit 1')
    with pytest.raises(Unreachable):
        _ = DaemonClient(Endpoint("far", "docker", "ssh://ann@far:2222")).api
    assert seen() == "-T -o BatchMode=yes -o ConnectTimeout=10 -l ann -p 2222 -- far docker system dial-stdio\n"


def test_a_daemon_answers_through_ssh(ssh):
    answer = "HTTP/1.1 200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: 2\\r\\n\\r\\nOK"
    ssh(f"head -n 1 >/dev/null; printf '{answer}'; cat >/dev/null")
    assert DaemonClient(Endpoint("far", "docker", "ssh://far")).api.api_version == "1.41"


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ("ssh://ann@far:2222/run/user/1000/podman/podman.sock", "unix:///run/user/1000/podman/podman.sock"),
        ("ssh://ann@far:2222/run/a b;c", "'unix:///run/a b;c'"),
        ("ssh://ann@far:2222", ""),
    ],
)
def test_podman_is_asked_by_its_own_program_for_the_socket_that_is_meant(ssh, address, command):
    seen = ssh('echo "$@" > seen; exit 1')
    with pytest.raises(Unreachable):
        _ = DaemonClient(Endpoint("far", "podman", address, ssh_key="/keys/id")).api
    options = "-T -o BatchMode=yes -o ConnectTimeout=10 -l ann -p 2222 -i /keys/id"
    asked = f"podman --url {command} system" if command else "podman system"
    assert seen() == f"{options} -- far {asked} dial-stdio\n"


def test_the_program_that_is_missing_on_the_other_host_is_named(ssh):
    ssh("cat >/dev/null & echo 'sh: podman: command not found' >&2; exit 127")
    with pytest.raises(Unreachable, match="the command line of podman is needed on that host"):
        _ = DaemonClient(Endpoint("far", "podman", "ssh://far")).api


_PING = "HTTP/1.1 200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: 2\\r\\n\\r\\nOK"
_BEGUN = "HTTP/1.1 200 OK\\r\\nContent-Length: 9999\\r\\n\\r\\nbegun"


@pytest.mark.parametrize("what", ["upload", "answer", "body"])
def test_what_is_under_way_over_ssh_is_cut_by_a_cancel(ssh, tmp_path, what):
    """The first ssh answers; the next one says that it is there, and then takes nothing and gives no more."""
    begun = f"printf '{_BEGUN}'; " if what == "body" else ""
    os.mkfifo(tmp_path / "there")
    ssh(
        f"if mkdir first 2>/dev/null; then head -n 1 >/dev/null; printf '{_PING}'; cat >/dev/null; exit; fi;"
        f" {begun}echo $$ > there; exec sleep 600"
    )
    client = DaemonClient(Endpoint("far", "docker", "ssh://far"))
    _ = client.api
    progress, pids = Progress(), []

    def stop():
        pids.append(int((tmp_path / "there").read_text()))
        progress.cancel()

    stopper = Thread(target=stop)
    stopper.start()

    def carry():
        if what == "upload":
            upload(client, "/x", "image x", lambda out: [out.write(bytes(1 << 20)) for _ in range(9)], progress)
        else:
            with get_body(client, "/images/x/get", "image x", progress) as body:
                read_to_end(body)

    with pytest.raises(Cancelled):
        carry()
    stopper.join()
    with suppress(ChildProcessError):  # who waited for it may be the thread that was cut
        os.waitpid(pids[0], 0)
    assert not Path(f"/proc/{pids[0]}").exists()


def test_without_the_program_ssh(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unreachable, match=r"^Docker Engine at ssh://far: the program ssh is not installed$"):
        _ = DaemonClient(Endpoint("far", "docker", "ssh://far")).api


@pytest.fixture
def ssh(monkeypatch, tmp_path):
    """Put a program `ssh` first on PATH, which does this; what it leaves in the file `seen` is read by the callable."""
    monkeypatch.chdir(tmp_path)

    def put(does):
        program = tmp_path / "ssh"
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return (tmp_path / "seen").read_text

    return put


def test_variables_of_requests_do_not_count(monkeypatch, tmp_path):
    """REQUESTS_CA_BUNDLE would take the place of the daemon's own authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    api = DaemonClient(Endpoint("docker", "docker", "tcp://127.0.0.1:1"))._client("1.41")
    settings = api.merge_environment_settings("https://127.0.0.1:1", {}, None, None, None)
    api.close()
    assert settings["verify"] is True


def test_requests_share_a_connection(tmp_path):
    with small_daemon(tmp_path) as daemon:
        client = DaemonClient(Endpoint("docker", "docker", f"unix://{tmp_path}/docker.sock"))
        client.api  # noqa: B018  (it is connected to, and its version asked for)
        before = daemon.connections
        for number in range(5):
            daemon.answers[f"/containers/{number}/json"] = {"Id": str(number)}
            assert get_json(client, f"/containers/{number}/json") == {"Id": str(number)}
        assert daemon.connections == before + 1


def test_a_connection_that_was_idle_for_long_gets_no_request(tmp_path, monkeypatch):
    """A daemon that ends by itself may be about to close it."""
    with small_daemon(tmp_path) as daemon:
        client = DaemonClient(Endpoint("docker", "docker", f"unix://{tmp_path}/docker.sock"))
        get_json(client, "/info")
        before = daemon.connections
        now = time.monotonic()
        monkeypatch.setattr(socket_adapter.time, "monotonic", lambda: now + 60)
        get_json(client, "/info")
        assert daemon.connections == before + 1


def test_a_request_is_not_sent_with_the_endless_patience_of_the_one_before(tmp_path):
    with small_daemon(tmp_path) as daemon:
        client = DaemonClient(Endpoint("docker", "docker", f"unix://{tmp_path}/docker.sock"))
        with streamed(client, "GET", "/info", "", {}) as response:
            assert response.content
        pool = client.api.get_adapter(client.api.base_url).get_connection(client.api.base_url)
        before = daemon.connections
        connection = pool._get_conn()
        assert connection.sock.gettimeout() == socket_adapter.SENDING
        connection.close()
        assert daemon.connections == before


@pytest.mark.parametrize("verb", ["remove", "rename"])
def test_a_busy_daemon_may_take_its_time(verb):
    """The SDK's own requests would wait ten seconds."""
    daemon = ScriptedDaemon()
    found = {"Id": "a1", "Name": "/one", "Image": f"sha256:{'0' * 64}", "Driver": "overlay2", "State": {}}
    daemon.answers("GET", "json", json.dumps(found).encode())
    daemon.answers("DELETE", "a1")
    daemon.answers("POST", "rename")
    containers = DaemonContainers(ContainerLookup(daemon.client(), lambda one: one), None, None)
    containers.remove("a1") if verb == "remove" else containers.rename("a1", "two")
    assert set(daemon.timeouts) == {(CONNECT, PATIENCE)}


def test_a_container_that_was_made_without_an_id():
    daemon = ScriptedDaemon()
    daemon.answers("POST", "create", b'{"Warnings": []}')
    containers = DaemonContainers(ContainerLookup(daemon.client(), lambda one: one), None, None)
    containers._known_as = lambda *_: "box:1"
    made = SimpleNamespace(config=SimpleNamespace(config=SimpleNamespace(entrypoint=(), cmd=("sh",))))
    with pytest.raises(Unreachable, match="did not give its ID"):
        containers.create(made, "box:1", CreateOptions())


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.40", "has API 1.40; 1.41 (Docker 20.10) is the oldest"),
        ("1.9", "has API 1.9; 1.41 (Docker 20.10) is the oldest"),
        ("", "is not Docker Engine: it does not say its API version"),
        ("new", "is not Docker Engine: it does not say its API version"),
    ],
)
def test_a_daemon_that_is_too_old_or_is_none(tmp_path, version, said):
    with small_daemon(tmp_path) as daemon:
        daemon.version = version
        daemon.answers["/containers/json"] = []
        client = DaemonClient(Endpoint("docker", "docker", f"unix://{daemon.socket}"))
        with pytest.raises(Unreachable, match=re.escape(said)):
            get_json(client, "/containers/json")
        assert daemon.asked == ["/_ping"]
        daemon.version = "1.99"
        assert get_json(client, "/containers/json") == []  # it may have been updated meanwhile


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["socket", "folder"])
def test_a_socket_without_rights(plain_user, closed):
    folder = plain_user.home / f"docker-{closed}"
    folder.mkdir()
    with small_daemon(folder) as daemon:
        shut = daemon.socket if closed == "socket" else folder
        if os.geteuid() == 0:
            os.chown(shut, 0, 0)
        shut.chmod(0)
        env = {"DOCKER_HOST": f"unix://{daemon.socket}"}
        done = plain_user.layertui("--engine", "docker", "ps", env=env)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode() == (
            f"error: Docker Engine at unix://{daemon.socket}: no permission; use a user of its group, or root\n"
        )
        listed = plain_user.layertui("engines", "--json", env=env)
        (row,) = [one for one in json.loads(listed.stdout) if one["name"] == "docker"]
        assert (row["reachable"], "no permission" in row["why"]) == (False, True)
        assert plain_user.layertui("images", env=env).returncode == 0  # ours are not held up
        assert daemon.asked == []
