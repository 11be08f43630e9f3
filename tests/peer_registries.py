"""Real registries (docker-registry) on free ports of loopback: open to all, with passwords over TLS, and with tokens."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peers import own_folder, running, tool
from token_server import TokenServer, listening

USER, PASSWORD = "ann", "a secret"
HTPASSWD = "ann:$2b$05$DqUlpHcResauCobGr6hGf.B9u44lo80wtPrHLPQnmzFakSQTkTRd2"
"""The line of the two; docker-registry takes bcrypt alone."""
SERVICE, ISSUER = "registry of the tests", "token server of the tests"


@dataclass(frozen=True)
class Registry:
    """A registry on loopback; deleting is allowed."""

    host: str  # "127.0.0.1:PORT"
    folder: Path
    user: str = ""
    """Who may read and write; empty where everybody may."""
    password: str = ""
    certificate: Path | None = None
    """Of the authority that signed its own, for TLS; None where it speaks plain HTTP."""
    tokens: TokenServer | None = None
    """Where its tokens come from."""


@contextmanager
def registry() -> Iterator[Registry]:
    """Start one that is open to all, plain HTTP."""
    with own_folder() as folder, _serving(folder, {}, {}) as host:
        yield Registry(host, folder)


@contextmanager
def registry_tls() -> Iterator[Registry]:
    """Start one that asks for a user and a password (htpasswd), over TLS with a certificate made now."""
    with own_folder() as folder:
        key, certificate = _certificate(folder)
        (folder / "htpasswd").write_text(f"{HTPASSWD}\n")
        auth = {"htpasswd": {"realm": "registry of the tests", "path": str(folder / "htpasswd")}}
        with _serving(folder, auth, {"certificate": str(certificate), "key": str(key)}) as host:
            yield Registry(host, folder, USER, PASSWORD, certificate)


@contextmanager
def registry_token() -> Iterator[Registry]:
    """Start one that asks for tokens, plain HTTP, and the server that signs them: all may pull, one user may push and delete."""
    with own_folder() as folder:
        key, certificate = _certificate(folder)
        tokens = TokenServer(key, certificate, SERVICE, ISSUER, USER, PASSWORD)
        with listening(tokens) as realm:
            names = {"realm": realm, "service": SERVICE, "issuer": ISSUER}
            with _serving(folder, {"token": {**names, "rootcertbundle": str(certificate)}}, {}) as host:
                yield Registry(host, folder, USER, PASSWORD, tokens=tokens)


@contextmanager
def _serving(folder: Path, auth: Mapping[str, object], tls: Mapping[str, str]) -> Iterator[str]:
    server = tool("docker-registry")
    port = _free_port()
    settings = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", **({"tls": tls} if tls else {})},
        **({"auth": auth} if auth else {}),
    }
    path = folder / "config.yml"
    path.write_text(json.dumps(settings))  # JSON is YAML
    with running(server, ["serve", str(path)], folder, lambda: _listens(port)):
        yield f"127.0.0.1:{port}"


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate of it for loopback that vouches for itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    tool("openssl").run(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=registry of the tests"),
        *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", certificate),
    )
    return key, certificate


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
