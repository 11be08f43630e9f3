"""docs/adding-a-verb.md and docs/adding-a-tab.md, run: their changes are made in a copy of the code, and do what the pages say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builders import docker_archive, file, folder, image, layer

ROOT = Path(__file__).resolve().parent.parent
SHOP = image([layer([folder("etc"), file("etc/motd", b"hello\n")])], tags=["shop:1.0"], config={"Cmd": ["sh"]})

pytestmark = pytest.mark.slow


class Page:
    """A page of docs/, and a copy of the code with its changes."""

    def __init__(self, name, folder):
        self.text, self.folder = (ROOT / "docs" / name).read_text(), folder
        shutil.copytree(ROOT / ".typing/layertui", folder / "layertui", ignore=shutil.ignore_patterns("__pycache__"))
        for path, content in re.findall(r"```python (\S+)\n(.*?)```", self.text, re.DOTALL):
            target = folder / "layertui" / path
            assert not target.exists()
            target.write_text(content)
        for path, change in re.findall(r"```diff (\S+)\n(.*?)```", self.text, re.DOTALL):
            self._change(folder / "layertui" / path, change.splitlines(keepends=True))

    def _change(self, target, lines):
        before, after = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
        text = target.read_text()
        assert text.count(before) == 1, f"{target.name} is not as the page says: {before}"
        target.write_text(text.replace(before, after))

    def run(self, *words):
        path = os.pathsep.join([str(self.folder), str(ROOT / "tests")])
        env = {**os.environ, "PYTHONPATH": path, "LAYERTUI_STORE": str(self.folder / "store"), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [sys.executable, *words], env=env, capture_output=True, text=True, check=False, cwd=self.folder
        )


def test_the_commands_of_the_page_about_verbs(tmp_path):
    page = Page("adding-a-verb.md", tmp_path)
    docker_archive(SHOP, tmp_path / "shop.tar")
    loaded = page.run("-m", "layertui", "load", "-i", "shop.tar")
    assert loaded.returncode == 0, loaded.stderr
    (console,) = re.findall(r"```console\n(.*?)```", page.text, re.DOTALL)
    for step in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        words, _, expected = step.partition("\n")
        program, *args = words.split()
        assert program == "layertui"
        done = page.run("-m", "layertui", *args)
        said = re.sub(r"^[0-9a-f]{64}$", "0123456789ab", done.stdout + done.stderr, flags=re.MULTILINE)
        assert said == expected, words


SCREEN = """
import asyncio, sys
from pathlib import Path
import layertui.tui
from at_rest import at_rest
from layertui.core.containers.model.container import CreateOptions
from layertui.tui.app import LayerTui
from layertui.tui.screens.container.container_screen import ContainerScreen
from mouse_person import lines_of
from tui_values import built
from tui_world import World

async def main():
    world = World(Path("images"), *built())
    world.inspector.containers.create("demo:2.0", CreateOptions(name="web", env=("PORT=8080", "A=\\x1b[2J")))
    app = LayerTui(world.inspector.settings, inspector=world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        await app.push_screen(ContainerScreen("web"))
        await at_rest(app, pilot)
        await pilot.press("6")
        await at_rest(app, pilot)
        print(layertui.tui.__file__, *lines_of(app), sep="\\n")

asyncio.run(main())
"""


def test_the_tab_of_the_page_about_tabs_is_on_the_screen(tmp_path):
    page = Page("adding-a-tab.md", tmp_path)
    done = page.run("-c", SCREEN)
    assert done.returncode == 0, done.stderr
    where, *shown = done.stdout.splitlines()
    assert where.startswith(str(tmp_path))
    assert any("6 Variables" in line for line in shown), done.stdout
    assert [line for line in shown if "PORT=8080" in line], done.stdout
    assert [line for line in shown if "A=\\x1b[2J" in line], done.stdout
