"""Serves the screens to a browser on this machine: textual-serve's server, behind a SessionGuard.

Each page that is opened runs the screens in a process of their own, which textual-serve connects by a WebSocket.
"""

from __future__ import annotations

import asyncio
import shlex
import signal
import socket
from collections.abc import Callable, Sequence

from aiohttp import web
from textual_serve.server import Server

from layertui.core.language.texts import tr
from layertui.tui.browser.session_guard import SessionGuard

MOST_PAGES = 8
"""Pages at the same time; each has a process."""

PAGE_TERMINAL = ("TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8")
"""What a page's terminal can do, whatever the terminal of the server can."""

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The page loads nothing from elsewhere (textual-serve's own asks for a font), and is shown in no other page."""


class AppServer(Server):
    """Serve the screens on loopback."""

    def __init__(self, command: Sequence[str], listener: socket.socket) -> None:
        """`command` starts the screens for one page; `listener` is bound to loopback."""
        self._listener = listener
        port = listener.getsockname()[1]
        command = ["env", "-u", "COLORFGBG", *PAGE_TERMINAL, *command]
        # `exec`: the page is a child of the server then, and notices when that is killed.
        super().__init__(f"exec {shlex.join(command)}", host="127.0.0.1", port=port, title="layertui", public_url="")
        self.guard = SessionGuard(port)
        self._policy = POLICY.format(port=port)
        self._pages = 0

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing: the address is printed by the command."""

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """Give the page, which connects to the name by which it was opened."""
        self.public_url = f"http://{request.headers['Host']}"
        answer: web.StreamResponse = await super().handle_index(request)
        return answer

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the screens for one page."""
        if self._pages >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(
                text=tr("layertui: {most_pages} pages are open already\n", most_pages=MOST_PAGES)
            )
        self._pages += 1
        try:
            answer: web.WebSocketResponse = await super().handle_websocket(request)
        finally:
            self._pages -= 1
        return answer

    async def _harden(self, _request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers.update(
            {
                "Content-Security-Policy": self._policy,
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
                "Cross-Origin-Resource-Policy": "same-origin",
            }
        )

    async def _serve(self, ready: Callable[[], None]) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, ended.set)
        app = await self._make_app()
        app.middlewares.append(self.guard.middleware())
        app.on_response_prepare.append(self._harden)
        # No access log: the token is in the first request. Pages still open are closed, and their processes with them.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await runner.setup()
        try:
            await web.SockSite(runner, self._listener).start()
            ready()
            await ended.wait()
        finally:
            await runner.cleanup()

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until a signal ends it; `ready` is called when connections are accepted."""
        asyncio.run(self._serve(ready))


def loopback_listener(port: int) -> socket.socket:
    """Make a socket that listens on 127.0.0.1; on a free port for 0. Raises OSError where the port is taken."""
    return socket.create_server(("127.0.0.1", port))
