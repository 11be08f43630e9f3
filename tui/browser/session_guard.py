"""Decides which requests reach the screens: those of the one browser that brought the token, from our own page.

The screens can write files and start containers. On loopback every user of the machine can connect, and so can every page that is
open in a browser, which also sends requests for names that somebody else's DNS leads to 127.0.0.1. Therefore:
- the address that is printed holds a token; the first request with it gets a cookie, and the token is worth nothing afterwards;
- every other request needs the cookie;
- `Host` must be an address of ours (a foreign name means DNS rebinding), and so must `Origin`, which WebSockets must have.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from layertui.core.language.texts import tr

PARAMETER = "token"
"""Of the address that is printed: holds the token."""

SECRET_BYTES = 32


class SessionGuard:
    """The token, the cookie, and the check of every request."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._token: str | None = secrets.token_urlsafe(SECRET_BYTES)
        self._session = secrets.token_urlsafe(SECRET_BYTES)
        self._cookie = f"layertui-{port}"  # cookies do not know ports, and there may be a server on another one

    @property
    def address(self) -> str:
        """The address to open once, with the token."""
        return f"http://127.0.0.1:{self._port}/?{PARAMETER}={self._token}"

    def middleware(self) -> Middleware:
        """For aiohttp: answers a request itself with 403, or hands it on."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method not in ("GET", "HEAD") or not self._is_from_here(request):
                raise web.HTTPForbidden(text=tr("layertui: this request does not come from the page of layertui\n"))
            if request.path == "/" and PARAMETER in request.query:
                return self._first(request.query[PARAMETER])
            if not _same(request.cookies.get(self._cookie, ""), self._session):
                raise web.HTTPForbidden(text=tr("layertui: open the address that `layertui serve` has printed\n"))
            return await handler(request)

        return check

    def _is_from_here(self, request: web.Request) -> bool:
        if request.headers.getall("Host", []) not in [[host] for host in self._hosts]:
            return False
        origin = request.headers.get("Origin")
        if origin is None:  # browsers leave it out where a page or an image is asked for, never with a WebSocket
            return request.path != "/ws"
        return origin == f"http://{request.headers['Host']}"

    def _first(self, token: str) -> web.StreamResponse:
        expected, is_valid = self._token, self._token is not None and _same(token, self._token)
        if expected is None:
            raise web.HTTPForbidden(text=tr("layertui: this address was used before; start `layertui serve` again\n"))
        if not is_valid:
            raise web.HTTPForbidden(text=tr("layertui: open the address that `layertui serve` has printed\n"))
        self._token = None
        redirect = web.Response(status=303, headers={"Location": "/"})
        redirect.set_cookie(self._cookie, self._session, httponly=True, samesite="Strict", path="/")
        return redirect


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(errors="surrogatepass"), other.encode())
