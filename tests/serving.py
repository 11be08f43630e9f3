"""`layertui serve` as a process of its own, and a real Chromium that is led by its DevTools protocol."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp


@contextmanager
def serving(store: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a store; gives the process and the address that it has printed."""
    argv = [sys.executable, "-m", "layertui", "--store", str(store), "serve", *words]
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def pages_of(server: int) -> list[int]:
    """The processes that run the screens of a server's pages."""
    return [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]


class Browser:
    """One page of Chromium."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=60)
            if answer.get("id") == self._number:
                result: dict[str, Any] = answer["result"]
                return result

    async def value(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    async def wait(self, script: str) -> None:
        """Wait until an expression is true."""
        async with asyncio.timeout(120):
            while not await self.value(script):
                await self.value("new Promise(done => setTimeout(done, 100))")

    async def open(self, address: str) -> None:
        """Go to an address, and wait until its page is loaded."""
        await self.call("Page.enable")
        await self.call("Page.navigate", url=address)
        await self.wait(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(address[:20])})")

    async def press(self, key: str) -> None:
        """Type a character into the terminal of the page."""
        await self.value("document.querySelector('.xterm-helper-textarea').focus()")
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


def _port(told: Path) -> str:
    """The port of the DevTools protocol, as soon as Chromium has written it."""
    end = time.monotonic() + 120
    while not (told.exists() and "\n" in told.read_text()):
        assert time.monotonic() < end, "Chromium does not start"
        time.sleep(0.1)
    return told.read_text().splitlines()[0]


@asynccontextmanager
async def browser(program: str, folder: Path) -> AsyncIterator[Browser]:
    """Run Chromium without a window."""
    argv = [program, "--headless=new", "--disable-gpu", "--no-first-run", "--window-size=1200,800"]
    argv += ["--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
    argv[1:1] = ["--no-sandbox"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)}
    )
    try:
        port = await asyncio.to_thread(_port, folder / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                (page,) = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Browser(socket)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
