"""Connections to a registry: used again, by way of a proxy, and ended from another thread."""

import os
import threading

import pytest

from layertui.core.client_environment import ClientEnvironment
from layertui.core.engines.registry.blob_stream import BlobStream
from layertui.core.engines.registry.connection.registry_answer import Patience
from layertui.core.engines.registry.connection.registry_connections import RegistryConnections
from layertui.core.errors import Cancelled, Unreachable
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from registry_faults import stall

BLOB = os.urandom(1_000_000)
PATIENCE = Patience(connect=5, read=5)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def blob(registry):
    return Descriptor("application/octet-stream", Digest(registry.keep(BLOB)[0]), len(BLOB))


@pytest.fixture
def proxy(registry, monkeypatch):
    """The registry, as a proxy: what it is asked then is a whole address."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", f"http://ann:a%20secret@{registry.host}")
    return registry


def test_a_connection_is_used_for_the_next_blob(registry, client, blob):
    for _ in range(3):
        with BlobStream(client, "shop", blob) as stream:
            assert stream.read() == BLOB
    assert len({one.port for one in registry.asked}) == 1


def test_not_after_half_a_blob(registry, client, blob):
    with BlobStream(client, "shop", blob) as stream:
        assert stream.read(1000) == BLOB[:1000]
    with BlobStream(client, "shop", blob) as stream:
        assert stream.read() == BLOB
    assert len({one.port for one in registry.asked}) == 2


@pytest.mark.parametrize("after", [0, 1000])
def test_a_read_is_ended_by_another_thread(registry, client, blob, after):
    with BlobStream(client, "shop", blob) as stream:
        # What interrupts it does so once the registry sends no more.
        registry.fault(blob.digest, stall(after, then=lambda: threading.Thread(target=stream.interrupt).start()))
        with pytest.raises(Cancelled):
            stream.read()


def test_one_that_has_ended_may_be_interrupted(client, blob):
    with BlobStream(client, "shop", blob) as stream:
        assert stream.read() == BLOB
        stream.interrupt()
    stream.interrupt()


def connections(host):
    return RegistryConnections(host, ClientEnvironment(), PATIENCE)


def test_by_way_of_a_proxy(proxy):
    assert connections("registry.example").send("GET", "http://registry.example/v2/").status == 200
    (asked,) = proxy.asked
    assert asked.path == "http://registry.example/v2/"
    assert asked.headers["Proxy-Authorization"] == "Basic YW5uOmEgc2VjcmV0"


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_not_where_that_is_said(proxy, monkeypatch, name):
    monkeypatch.setenv(name, "other.invalid,registry.invalid")
    with pytest.raises(Unreachable, match=r"registry\.invalid: .*is its name right"):
        connections("registry.invalid").send("GET", "http://registry.invalid/v2/")
    assert not proxy.asked


def test_nor_on_this_machine(proxy, elsewhere):
    assert connections(elsewhere.host).send("GET", f"http://{elsewhere.host}/v2/").status == 200
    assert not proxy.asked


def test_a_proxy_that_is_gone(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(Unreachable, match=r"no connection through the proxy .*; check HTTP_PROXY"):
        connections("registry.example").send("GET", "http://registry.example/v2/")


def test_what_is_no_proxy(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", "ftp://127.0.0.1:1")
    with pytest.raises(Unreachable, match="unsupported scheme ftp"):
        connections("registry.example").send("GET", "http://registry.example/v2/")


def test_the_password_for_a_proxy_is_in_no_error(client, proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://ann:a%20secret@proxy.invalid:port")
    connections = RegistryConnections("registry.invalid", ClientEnvironment(), PATIENCE)
    with pytest.raises(Unreachable, match="no address") as raised:
        connections.send("GET", "http://registry.invalid/v2/")
    assert "secret" not in str(raised.value)


def test_headers_that_come_too_slowly(registry):
    left = threading.Event()

    def fault(handler, _):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not left.wait(0.01):
            handler.wfile.write(b"x")

    registry.fault("/v2/", fault)
    connections = RegistryConnections(registry.host, ClientEnvironment(), Patience(connect=0.2, document=0.1))
    try:
        with pytest.raises(Unreachable, match="in time"):
            connections.send("GET", f"http://{registry.host}/v2/")
    finally:
        left.set()
