"""What a daemon answers while it pulls and pushes, and the credentials that it is given for it."""

import json

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.daemon.daemon_transfer import DaemonTransfer
from layertui.core.errors import NotFound, Unauthorized
from layertui.core.oci.reference import Reference
from layertui.core.progress import Progress
from scripted_daemon import ScriptedDaemon

NAME = Reference.parse("registry.example/shop:1")


class NoImages:
    def list(self):
        return []


@pytest.fixture
def transfer(tmp_path):
    """A transfer of a daemon that answers a pull like this, for a user whose credential helper is missing."""
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text('{"credsStore": "there-is-none"}')

    def made(body, status):
        daemon = ScriptedDaemon()
        daemon.answers("POST", "create", json.dumps(body).encode(), status=status)
        return DaemonTransfer(daemon.client(), NoImages(), ClientEnvironment.of({"HOME": str(tmp_path)}))

    return made


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "pull access denied for shop, repository does not exist or may require 'docker login'"}, 404),
        ({"message": "Head https://registry.example/v2/: no basic auth credentials"}, 500),
        ({"error": "unauthorized: authentication required"}, 200),
    ],
)
def test_where_it_is_refused_a_helper_that_failed_is_named(transfer, body, status):
    with pytest.raises(Unauthorized, match=r"shop.*docker-credential-there-is-none is not on PATH"):
        transfer(body, status).pull(NAME, None, Progress())


def test_elsewhere_it_is_not(transfer):
    with pytest.raises(NotFound) as raised:
        transfer({"message": "manifest unknown"}, 404).pull(NAME, None, Progress())
    assert "credential" not in str(raised.value)
