"""A registry that answers wrongly where it is told so, and a client for it that does not wait long."""

import base64
import json

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.registry import registry_retry
from layertui.core.engines.registry.connection.registry_answer import Patience
from layertui.core.engines.registry.registry_client import RegistryClient
from registry_faults import faulty_registry

SHORT = Patience(connect=5, read=5, retry=3, longest_wait=4, document=5, pace=0.3, pace_bytes=64)


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(registry_retry, "_FIRST", 0.001)


@pytest.fixture
def registry():
    with faulty_registry() as found:
        yield found


@pytest.fixture
def elsewhere():
    """Another registry, on another host."""
    with faulty_registry("127.0.0.2") as found:
        yield found


@pytest.fixture
def environment(tmp_path):
    return ClientEnvironment(docker_config=tmp_path / "docker", config_home=tmp_path / "config")


@pytest.fixture
def logged_in(environment, registry):
    """Credentials for the registry, as `docker login` writes them."""
    registry.user = ("ann", "a secret")
    environment.docker_config.mkdir()
    auth = base64.b64encode(b"ann:a secret").decode()
    (environment.docker_config / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))
    return environment


@pytest.fixture
def connect(environment):
    opened = []

    def connected(host, **how):
        client = RegistryClient(host, environment, **{"patience": SHORT, **how})
        opened.append(client)
        return client

    yield connected
    for client in opened:
        client.close()


@pytest.fixture
def client(registry, connect):
    return connect(registry.host)
