"""A registry in this process that answers wrongly where a test says so, and notes what it was asked.

with faulty_registry() as registry:
    registry.put_image("shop", "1.0", image([layer([file("a")])]))
    registry.fault("/blobs/", cut(after=100))     # the next request for such a path; then it answers rightly again
    …
    assert registry.asked[-1].headers["Range"] == "bytes=100-"
"""

import base64
import json
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from builders import BuiltImage, BuiltIndex, digest_of

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    """With the query."""
    headers: dict[str, str]
    body: bytes = b""
    port: int = 0
    """The client's: the same for what comes over the same connection."""


Fault = Callable[["_Handler", bytes], None]
"""Answers a request in its own way; the bytes are what would be the body."""


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Fault:
    """Answer with this status."""
    return lambda handler, _: handler.answer(code, headers or {}, body)


def redirect(address: str, code: int = 307) -> Fault:
    """Send to another address."""
    return status(code, {"Location": address})


def cut(after: int = 0) -> Fault:
    """Say how long the body is, send this many bytes of it, and cut the connection."""

    def fault(handler: "_Handler", body: bytes) -> None:
        if after:
            start, end = handler.span(len(body))
            handler.head(206 if start else 200, {"Content-Length": str(end - start), **handler.content_range(body)})
            handler.wfile.write(body[start : start + after])
            handler.wfile.flush()
        handler.cut()

    return fault


def other(change: Callable[[bytes], bytes], headers: dict[str, str] | None = None) -> Fault:
    """Send a body that was changed."""
    return lambda handler, body: handler.answer(200, headers or {}, change(body))


def drip(pause: float) -> Fault:
    """Send the body a byte at a time, until nobody takes it."""

    def fault(handler: "_Handler", body: bytes) -> None:
        start, end = handler.span(len(body))
        handler.head(206 if start else 200, {"Content-Length": str(end - start), **handler.content_range(body)})
        for byte in body[start:end]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(pause)

    return fault


def stall(after: int = 0, then: Callable[[], object] = lambda: None) -> Fault:
    """Send this many bytes of the body, and no more until the client goes away; without any, no answer at all. `then` is called once it stalls."""

    def fault(handler: "_Handler", body: bytes) -> None:
        if after:
            start, end = handler.span(len(body))
            handler.head(206 if start else 200, {"Content-Length": str(end - start), **handler.content_range(body)})
            handler.wfile.write(body[start : start + after])
            handler.wfile.flush()
        then()
        handler.close_connection = True
        handler.connection.recv(1)

    return fault


def endless(piece: bytes = b" " * 65536) -> Fault:
    """Send a body that does not end, until nobody takes it."""

    def fault(handler: "_Handler", _: bytes) -> None:
        handler.head(200, {"Content-Type": "application/json"})
        handler.close_connection = True
        while True:
            handler.wfile.write(piece)

    return fault


@dataclass
class FaultyRegistry:
    """What it has, what it was asked, and what goes wrong next."""

    host: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    """By repository and tag or digest: media type and content."""
    asked: list[Asked] = field(default_factory=list)
    ranges: bool = True
    page: int = 1000
    user: tuple[str, str] | None = None
    """Who may read; None: everybody."""
    realm: str | None = None
    """Where tokens come from; None: Basic."""
    tokens: set[str] = field(default_factory=set)
    """Those that are taken."""
    life: object = 300
    """What a token's answer says of its life."""
    faults: list[tuple[str, deque[Fault]]] = field(default_factory=list)
    deaf: Callable[[], object] | None = None
    """Called once chunks of an upload are sent, of which nothing is read then."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set by a test once its client no longer reads. It cannot be seen from here: what was sent before is still on the way."""
    was_kept: bool = False
    """Whether the client kept the connection for 20 seconds more."""

    def fault(self, pattern: str, *faults: Fault) -> None:
        """Answer the next requests whose path has this pattern so, one each."""
        self.faults.append((pattern, deque(faults)))

    def put(self, repository: str, tag: str, content: bytes, media_type: str = _MANIFEST) -> str:
        """Keep a manifest under a tag and its digest."""
        digest = digest_of(content)
        for reference in (tag, digest):
            self.manifests[repository, reference] = (media_type, content)
        return digest

    def put_image(self, repository: str, tag: str, built: BuiltImage | BuiltIndex) -> None:
        """Keep an image, or one for several platforms, with all its blobs."""
        self.blobs |= built.blobs
        if isinstance(built, BuiltIndex):
            for digest, content in built.blobs.items():
                if content.startswith(b'{"schemaVersion"'):
                    self.put(repository, digest, content)
            self.put(repository, tag, built.index, _INDEX)
        else:
            self.put(repository, tag, built.manifest, json.loads(built.manifest)["mediaType"])

    def put_index(self, repository: str, tag: str, entries: Iterable[dict[str, object]]) -> None:
        """Keep an index of whatever it is."""
        content = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": list(entries)}).encode()
        self.put(repository, tag, content, _INDEX)

    def keep(self, *blobs: bytes) -> list[str]:
        """Keep blobs."""
        digests = [digest_of(blob) for blob in blobs]
        self.blobs |= dict(zip(digests, blobs, strict=True))
        return digests

    def paths(self, pattern: str = "") -> list[str]:
        """The paths that were asked for, of those with a pattern."""
        return [one.path for one in self.asked if re.search(pattern, one.path)]


class _Handler(BaseHTTPRequestHandler):
    registry: FaultyRegistry
    protocol_version = "HTTP/1.1"
    timeout = 20

    def _respond(self) -> None:
        registry = self.registry
        if self.command == "PATCH" and registry.deaf is not None:
            registry.deaf()
            self.close_connection = True
            registry.was_kept = not registry.left.wait(20)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        registry.asked.append(
            Asked(
                self.command,
                self.path,
                {name.title(): text for name, text in self.headers.items()},
                body,
                self.client_address[1],
            )
        )
        right = self._right(body)
        for pattern, waiting in registry.faults:
            if waiting and re.search(pattern, self.path):
                try:
                    waiting.popleft()(self, right[2])
                except OSError:  # nobody takes it any more
                    self.close_connection = True
                return
        code, headers, content = right
        if code == 200 and "/blobs/" in self.path and registry.ranges and "Range" in self.headers:
            start, end = self.span(len(content))
            self.answer(206, headers | self.content_range(content), content[start:end])
        else:
            self.answer(code, headers, content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _respond

    def span(self, size: int) -> tuple[int, int]:
        """The range that was asked for."""
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if found is None or not self.registry.ranges:
            return 0, size
        return int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)

    def content_range(self, body: bytes) -> dict[str, str]:
        start, end = self.span(len(body))
        return {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"} if "Range" in self.headers else {}

    def _right(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What a registry would answer."""
        parts, registry = urlsplit(self.path), self.registry
        query = parse_qs(parts.query)
        if parts.path == "/token":
            return self._token(body)
        if not self._allowed():
            challenge = 'Basic realm="faulty"'
            if registry.realm is not None:
                challenge = f'Bearer realm="{registry.realm}",service="faulty"'
            return 401, {"WWW-Authenticate": challenge}, b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}'
        if parts.path == "/v2/":
            return 200, {}, b"{}"
        if parts.path == "/v2/_catalog":
            return self._page("repositories", sorted({name for name, _ in registry.manifests}), query)
        if found := re.fullmatch(r"/v2/(.+)/tags/list", parts.path):
            own = sorted(tag for name, tag in registry.manifests if name == found[1] and ":" not in tag)
            return self._page("tags", own, query) if own else _missing("NAME_UNKNOWN")
        if found := re.fullmatch(r"/v2/(.+)/manifests/([^/]+)", parts.path):
            kept = registry.manifests.get((found[1], found[2]))
            if kept is None:
                return _missing("MANIFEST_UNKNOWN")
            return 200, {"Content-Type": kept[0], "Docker-Content-Digest": digest_of(kept[1])}, kept[1]
        if found := re.fullmatch(r"/v2/(.+)/blobs/([^/]+)", parts.path):
            blob = registry.blobs.get(found[2])
            return _missing("BLOB_UNKNOWN") if blob is None else (200, {}, blob)
        return _missing("UNSUPPORTED")

    def _page(self, key: str, texts: list[str], query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        rest = [text for text in texts if text > query.get("last", [""])[0]]
        page = rest[: self.registry.page]
        headers = {}
        if len(page) < len(rest):
            path = urlsplit(self.path).path
            headers["Link"] = f'<{path}?last={page[-1]}&n={self.registry.page}>; rel="next"'
        return 200, headers, json.dumps({"name": "x", key: page}).encode()

    def _allowed(self) -> bool:
        registry, given = self.registry, self.headers.get("Authorization", "")
        if registry.user is None and registry.realm is None:
            return True
        if registry.realm is not None:
            return given.removeprefix("Bearer ") in registry.tokens
        return given == "Basic " + base64.b64encode(":".join(registry.user or ()).encode()).decode()

    def _token(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        registry, given = self.registry, self.headers.get("Authorization", "")
        right = "Basic " + base64.b64encode(":".join(registry.user or ()).encode()).decode()
        refresh = parse_qs(body.decode()).get("refresh_token")
        if registry.user is not None and given != right and refresh != [registry.user[1]]:
            return 401, {}, b'{"errors":[{"code":"DENIED","message":"wrong user or password"}]}'
        token = f"token-{len(registry.tokens) + 1}"
        registry.tokens.add(token)
        return 200, {}, json.dumps({"token": token, "expires_in": registry.life}).encode()

    def answer(self, code: int, headers: dict[str, str], body: bytes) -> None:
        self.head(code, {"Content-Length": str(len(body)), **headers})
        if self.command != "HEAD":
            self.wfile.write(body)

    def head(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def cut(self) -> None:
        """End the connection as if a cable had been pulled."""
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr."""


def _missing(code: str) -> tuple[int, dict[str, str], bytes]:
    return 404, {}, json.dumps({"errors": [{"code": code, "message": "not here"}]}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *args: object) -> None:
        """Say nothing of clients that went away."""


@contextmanager
def faulty_registry(address: str = "127.0.0.1", tls: tuple[Path, Path] | None = None) -> Iterator[FaultyRegistry]:
    """Answer on a free port of loopback, in threads; by TLS with a certificate and its key."""
    registry = FaultyRegistry()
    handler = type("Handler", (_Handler,), {"registry": registry})
    with _Server((address, 0), handler) as server:
        registry.host = f"{address}:{server.server_address[1]}"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            # In the thread of each connection, else one that does not go on would hold up all others.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
