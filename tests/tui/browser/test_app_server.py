"""Who gets to the screens that `layertui serve` serves."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from layertui.tui.browser.app_server import MOST_PAGES
from serving import pages_of, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path):
    with serving(tmp_path / "store") as (process, address):
        yield process, address


@asynccontextmanager
async def visitor():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:

        async def status(url, **headers):
            async with session.get(url, headers=headers) as answer:
                return answer.status

        session.status = status
        yield session


@asynccontextmanager
async def let_in(address):
    """A visitor with the cookie, the address of the page, and the header of requests from that page."""
    base = address.partition("?")[0]
    async with visitor() as it:
        assert await it.status(address) == 200
        yield it, base, {"Origin": base.rstrip("/")}


async def test_the_address_works_once_and_leads_to_a_page_that_loads_nothing_from_elsewhere(served):
    _, address = served
    base = address.partition("?")[0]
    async with visitor() as first, visitor() as second:
        assert await second.status(base) == 403
        assert await second.status(base + "?token=guessed") == 403
        async with first.get(address) as answer:
            assert answer.status == 200
            assert str(answer.url) == base
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self'")
            assert "frame-ancestors 'none'" in policy
        assert await second.status(address) == 403
        assert await first.status(base + "static/js/textual.js") == 200
        assert await second.status(base + "static/js/textual.js") == 403


async def test_a_page_from_elsewhere_gets_nothing_though_it_has_the_cookie(served):
    _, address = served
    async with let_in(address) as (it, base, _):
        assert await it.status(base, Host="attacker.example") == 403
        assert await it.status(base, Origin="http://attacker.example") == 403
        assert await it.status(base, Origin="null") == 403
        async with it.post(base) as answer:
            assert answer.status == 403
        for headers in (
            {},
            {"Origin": "http://attacker.example"},
            {"Origin": base.rstrip("/").replace("http", "https")},
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await it.ws_connect(base + "ws", headers=headers)


async def test_a_page_has_a_process_of_its_own_which_ends_with_it_and_with_a_killed_server(served):
    process, address = served
    async with let_in(address) as (it, base, origin):
        async with it.ws_connect(base + "ws?width=80&height=24", headers=origin) as page:
            await _drawn(page)
            (one,) = pages_of(process.pid)
        await _ended(one)
        async with it.ws_connect(base + "ws?width=80&height=24", headers=origin) as page:
            await _drawn(page)
            (other,) = pages_of(process.pid)
            process.kill()
            await _ended(other)


async def test_pages_are_bounded(served):
    _, address = served
    async with let_in(address) as (it, base, origin):
        pages = [await it.ws_connect(base + "ws", headers=origin) for _ in range(MOST_PAGES)]
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await it.ws_connect(base + "ws", headers=origin)
        for page in pages:
            await page.close()


async def _drawn(page):
    """Wait until the screens have drawn something: the name of the program."""
    drawn = b""
    while b"layertui" not in drawn:
        drawn += await page.receive_bytes(timeout=120)


async def _ended(pid):
    """Wait for the end of a process, which is a zombie as long as nothing takes notice of it."""
    await asyncio.to_thread(_wait, Path(f"/proc/{pid}/status"))


def _wait(status):
    end = time.monotonic() + 120
    with suppress(FileNotFoundError, ProcessLookupError):
        while "State:\tZ" not in status.read_text():
            assert time.monotonic() < end
            time.sleep(0.1)
