"""How a daemon is spoken to, and how its words of an error are read."""

import sys

import pytest
from docker.api import client as sdk
from docker.errors import APIError
from requests import Response

from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.engines.daemon.daemon_client import DaemonClient, _provide_ssh
from layertui.core.engines.daemon.endpoints import Endpoint
from layertui.core.errors import Conflict, LayertuiError, NotFound, UsageError, WrongState
from small_daemon import small_daemon


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
    _provide_ssh()
    assert sdk.SSHHTTPAdapter.__name__ == "SSHHTTPAdapter"
    assert sys.modules.get("paramiko") is before


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
