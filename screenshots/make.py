"""Make the pictures again: the app driven by keys on a fixed sample, its screen as SVG, that as PNG.

make screenshots            all of them
python screenshots/make.py home compare --size 80x24 --out /tmp/pictures
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sample import besides_docker, besides_registry, empty, fill

HERE = Path(__file__).resolve().parent
PATIENCE = 30.0  # seconds until a screen must be at rest


@dataclass(frozen=True)
class Picture:
    """One picture: how to get there from the first screen."""

    name: str
    keys: Sequence[str]
    size: tuple[int, int] = (120, 40)
    image: str | None = None
    needs: str = ""
    """A peer that is started for it: `docker`, `registry`, whose host replaces HOST in `image`, or `browser`."""


MOTD = ["4", "j", "j", "l", *"jjjjj"]  # in Files: down to /etc, unfold, down to motd
RUN_PY = ["4", *"jjjjjj", "l", "j", "l", *"jjjj"]  # down to /srv, unfold, /srv/app, unfold, down to run.py
PICTURES = (
    Picture("home", ["2", *RUN_PY, *"]]]]]"]),
    Picture("container", ["2", "enter"]),
    Picture("write", ["2", *RUN_PY, "w"]),
    Picture("lookup", [*MOTD, "f"], image="shop:2.1"),
    Picture("file", ["2", *RUN_PY, "enter"]),
    Picture("dockerfile", ["D", "3"], image="shop:2.1"),
    Picture("find", ["ctrl+f", *"*.py", "enter"], image="shop:2.1"),
    Picture("compare", ["1", "k", "space", "="], image="shop:2.1"),
    Picture("engines", ["1", "G"], needs="docker"),
    Picture("fleet", ["T"], needs="docker"),
    Picture("registry", ["3"], image="docker://HOST/shop:2.1", needs="registry"),
    Picture("browser", [], needs="browser"),
    Picture("size-map-80x24", ["v", "j", "j"], size=(80, 24), image="shop:2.1"),
    Picture("size-map-200x50", ["v", "j", "j"], size=(200, 50), image="shop:2.1"),
    Picture("home-80x24", ["2", *MOTD], size=(80, 24)),
    Picture("home-200x50", ["2", *RUN_PY, *"]]]]]"], size=(200, 50)),
)


async def draw(picture: Picture, store: Path) -> str:
    """Drive the app to where the picture is taken, and give its SVG."""
    from layertui.core.settings import Settings
    from layertui.tui.app import LayerTui

    app = LayerTui(Settings.load(store=str(store)), picture.image)
    app.animation_level = "none"
    async with app.run_test(size=picture.size) as pilot:
        await at_rest(app, pilot)
        async with asyncio.timeout(PATIENCE):
            while picture.needs == "docker" and "docker" not in app.screen.state.others:
                await pilot.pause(0.02)
        for key in picture.keys:
            await pilot.press(key)
            await at_rest(app, pilot)
        return app.export_screenshot(title="layertui")


async def at_rest(app, pilot) -> None:  # noqa: ANN001  (Textual's pilot is generic in what the app returns)
    """Wait until no job runs and what they brought is drawn."""
    async with asyncio.timeout(PATIENCE):
        await pilot.pause()
        while app.jobs.busy:
            await pilot.pause(0.02)
        await pilot.pause(0.05)


@contextmanager
def besides(peer: str, archive: Path) -> Iterator[str]:
    """What a picture needs besides the store, with the images of an archive in it; its host, if it has one."""
    os.environ |= {"DOCKER_HOST": "unix:///nonexistent", "CONTAINER_HOST": "unix:///nonexistent"}
    if not peer:
        yield ""
        return
    with {"browser": nothing, "docker": besides_docker, "registry": besides_registry}[peer](archive) as host:
        yield host


@contextmanager
def nothing(_archive: Path) -> Iterator[str]:
    """What is started later, by `in_browser`."""
    yield ""


async def in_browser(store: Path) -> bytes:
    """Take the picture of the first screen in Chromium."""
    sys.path.append(str(HERE.parent / "tests"))
    from serving import browser, serving

    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is not on PATH: install chromium")
    with tempfile.TemporaryDirectory(prefix="lts-") as folder, serving(store) as (_, address):
        async with browser(program, Path(folder)) as page:
            await page.open(address)
            await page.wait("document.body.classList.contains('-first-byte')")
            await asyncio.sleep(5)  # until the files are listed; what is on a canvas cannot be asked
            return await page.picture()


def as_png(svg: str, path: Path) -> None:
    """Draw the SVG; blanks count, which Textual's SVG does not say."""
    program = shutil.which("rsvg-convert")
    if program is None:
        raise SystemExit("rsvg-convert is not on PATH: install librsvg2-bin, fonts-firacode and fonts-noto-cjk")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    subprocess.run([program, "-o", path], input=svg.encode(), check=True)


def main() -> int:
    """Make the chosen pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(picture.name for picture in PICTURES))
    parser.add_argument("--size", help="COLUMNSxROWS for all of them")
    parser.add_argument("--out", type=Path, default=HERE)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lts-") as work:
        store = Path(work) / "store"
        fill(store, Path(work))
        try:
            for picture in PICTURES:
                if chosen.names and picture.name not in chosen.names:
                    continue
                if chosen.size:
                    columns, rows = map(int, chosen.size.split("x"))
                    picture = replace(picture, size=(columns, rows))  # noqa: PLW2901
                path = chosen.out / f"{picture.name}.png"
                with besides(picture.needs, Path(work) / "shop.tar") as host:
                    picture = replace(picture, image=picture.image and picture.image.replace("HOST", host))  # noqa: PLW2901
                    if picture.needs == "browser":
                        path.write_bytes(asyncio.run(in_browser(store)))
                    else:
                        as_png(asyncio.run(draw(picture, store)), path)
                print(path)
        finally:
            empty(store)
    return 0


if __name__ == "__main__":
    sys.exit(main())
