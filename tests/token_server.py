"""A signing server for a registry with `auth: token`: it checks a password and says, signed, what its owner may do.

Its certificate is the registry's `rootcertbundle`. Tokens are JSON Web Tokens (RS256) which `openssl` signs. As docker's own clients
ask: GET with basic authentication, or POST of a form with a password or a refresh token (OAuth2).
"""

import base64
import json
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

REFRESH_TOKEN = "refresh-token-of-the-tests"


@dataclass
class TokenServer:
    """What it was asked and how it answers; tests look at the one and set the other."""

    key: Path
    certificate: Path
    service: str
    issuer: str
    user: str
    password: str
    lifetime: int = 300
    """Seconds for which a token holds."""
    asked: list[tuple[str, ...]] = field(default_factory=list)
    """The scopes of each token that was given out, in order."""

    def token(self, subject: str, scopes: Sequence[str]) -> str:
        """A signed token for these scopes, each `repository:NAME:ACTION,…` or `registry:catalog:*`; without a user to pull alone."""
        access = []
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            allowed = [one for one in actions.split(",") if subject or one == "pull"]
            access.append({"type": kind, "name": name, "actions": allowed})
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": subject,
            "aud": self.service,
            "exp": now + self.lifetime,
            "nbf": now - 10,
            "iat": now,
            "jti": uuid.uuid4().hex,
            "access": access,
        }
        chain = "".join(self.certificate.read_text().split("-----")[2].split())
        header = {"typ": "JWT", "alg": "RS256", "x5c": [chain]}
        body = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        argv = ["openssl", "dgst", "-sha256", "-sign", str(self.key)]
        signature = subprocess.run(argv, input=body, capture_output=True, check=True).stdout
        return (body + b"." + _base64(signature)).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class _Handler(BaseHTTPRequestHandler):
    tokens: TokenServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Docker's older way: who asks stands in the header, the scopes in the query."""
        query = parse_qs(urlsplit(self.path).query)
        given = self.headers.get("Authorization", "")
        subject = ""
        if given:
            name, _, password = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
            if (name, password) != (self.tokens.user, self.tokens.password):
                self._refuse()
                return
            subject = name
        self._grant(subject, query, refresh=subject and query.get("offline_token") == ["true"])

    def do_POST(self) -> None:
        """OAuth2: all of it stands in a form."""
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
        if form.get("grant_type") == ["refresh_token"]:
            right = form.get("refresh_token") == [REFRESH_TOKEN]
        else:
            right = (form.get("username"), form.get("password")) == ([self.tokens.user], [self.tokens.password])
        if right:
            self._grant(self.tokens.user, form, refresh=True)
        else:
            self._refuse()

    def _grant(self, subject: str, query: dict[str, list[str]], *, refresh: object) -> None:
        scopes = [scope for value in query.get("scope", []) for scope in value.split()]
        self.tokens.asked.append(tuple(scopes))
        token = self.tokens.token(subject, scopes)
        answer = {"token": token, "access_token": token, "expires_in": self.tokens.lifetime}
        self._answer(200, {**answer, "refresh_token": REFRESH_TOKEN} if refresh else answer)

    def _refuse(self) -> None:
        self._answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong user or password"}]})

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr."""


@contextmanager
def listening(tokens: TokenServer) -> Iterator[str]:
    """Answer on a free port of loopback, in a thread; lend the URL that a registry names as its realm."""
    handler = type("Handler", (_Handler,), {"tokens": tokens})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/token"
        finally:
            server.shutdown()
            thread.join()
