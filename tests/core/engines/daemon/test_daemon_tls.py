"""A daemon on TCP whose TLS and ours do not meet: one line says which side has to change what."""

import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import peers
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.endpoints import Endpoint, TLSFiles
from layertui.core.errors import Unreachable

pytestmark = [pytest.mark.slow, pytest.mark.oracle]

GO_SAYS = b"Client sent an HTTP request to an HTTPS server.\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    answer = (200, b"[]")

    def handle_error(self, *_):
        pass


@contextmanager
def listening(context=None, answer=(200, b"[]")):
    with Server(("127.0.0.1", 0), Handler) as server:
        server.answer = answer
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture
def certificate(tmp_path):
    """Make a folder as DOCKER_CERT_PATH names one, whose certificate vouches for itself."""

    def made(name):
        folder = tmp_path / name
        folder.mkdir()
        words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}")
        more = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem")
        peers.tool("openssl").run(*words, *more)
        (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
        return folder

    return made


def served_by(folder, *, asks=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ca.pem")
    return context


def asked(address, folder=None):
    tls = None if folder is None else TLSFiles.in_folder(folder, verify=True)
    return get_json(DaemonClient(Endpoint("docker", "docker", address, tls)), "/containers/json")


def refused(address, folder=None):
    with pytest.raises(Unreachable) as caught:
        asked(address, folder)
    line = str(caught.value)
    assert line.startswith(f"Docker Engine at {address}: ")
    assert "\n" not in line
    return line.removeprefix(f"Docker Engine at {address}: ")


def test_each_knows_the_other(certificate):
    folder = certificate("daemon")
    with listening(served_by(folder, asks=True)) as address:
        assert asked(address, folder) == []


def test_without_tls_where_it_speaks_tls():
    with listening(answer=(400, GO_SAYS)) as address:
        assert refused(address) == (
            "it speaks TLS; set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a docker context with certificates"
        )


def test_a_certificate_of_another_ca(certificate):
    with listening(served_by(certificate("daemon"))) as address:
        line = refused(address, certificate("other"))
    assert line.startswith("its certificate cannot be verified (")
    assert line.endswith("ca.pem in DOCKER_CERT_PATH, or of the docker context, has to be that of its CA")


def test_a_client_that_it_does_not_know(certificate):
    folder, other = certificate("daemon"), certificate("other")
    (other / "ca.pem").write_bytes((folder / "ca.pem").read_bytes())
    with listening(served_by(folder, asks=True)) as address:
        line = refused(address, other)
    assert line.startswith("it refuses this client (")
    assert line.endswith("check cert.pem and key.pem in DOCKER_CERT_PATH, or of the docker context")


def test_tls_where_it_speaks_none(certificate):
    with listening() as address:
        line = refused(address, certificate("daemon"))
    assert line.startswith("no TLS with it (")
    assert line.endswith("if it speaks plain TCP, unset DOCKER_TLS_VERIFY")
