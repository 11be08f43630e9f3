"""The screens in a real browser: `layertui serve`, a key, its end."""

import asyncio
import io

import pytest

from serving import browser, pages_of, serving

pytestmark = [pytest.mark.slow, pytest.mark.late("a real browser, which starts when the machine lets it")]


async def test_the_screens_in_chromium(layertui, chromium, tmp_path):
    from PIL import Image

    layertui.run("demo", "--no-ui")
    with serving(layertui.store) as (server, address):
        async with browser(chromium.argv[0], tmp_path / "chromium") as page:
            await page.open(address)
            await page.wait("document.body.classList.contains('-first-byte')")
            await page.wait("document.querySelector('.xterm') !== null")
            assert "token" not in await page.value("location.href")
            assert len(pages_of(server.pid)) == 1
            for _ in range(300):  # the first bytes come before the first frame is drawn
                seen = Image.open(io.BytesIO(await page.picture())).convert("RGB")
                if len(seen.getcolors(1 << 24)) > 50:
                    break
                await asyncio.sleep(0.1)
            assert len(seen.getcolors(1 << 24)) > 50  # letters on grounds, not one empty area

            await page.press("q")
            await page.wait("document.body.classList.contains('-closed')")

            await page.open(address)
            assert "was used before" in await page.value("document.body.innerText")
