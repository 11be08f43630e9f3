"""docs/adding-an-engine.md, run: its code is the sample's, its commands print what it says, and its images show on the screen."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from builders import docker_archive, file, folder, image, layer
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.widgets.lists.image_table import ImageTable

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "docs/sample_engine"
PAGE = (ROOT / "docs/adding-an-engine.md").read_text()
SHOP = image([layer([folder("etc"), file("etc/motd", b"hello\n")])], tags=["shop:1.0"])


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The sample where Python finds it, with the metadata that an installation writes; and an archive in its folder."""
    points = tomllib.loads((SAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    metadata = tmp_path / "site/layertui_folder_engine-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: layertui-folder-engine\nVersion: 1.0\n")
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in them.items())
        for group, them in points.items()
    ]
    (metadata / "entry_points.txt").write_text("".join(lines))
    (tmp_path / "archives").mkdir()
    docker_archive(SHOP, tmp_path / "archives/shop.tar")
    (tmp_path / "archives/notes.txt").write_text("no archive")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("ARCHIVES", str(tmp_path / "archives"))
    return tmp_path


def test_the_code_of_the_page_is_that_of_the_sample():
    code = _lines((SAMPLE / "folder_engine.py").read_text())
    assert len(blocks("python")) >= 4
    assert not [block for block in blocks("python") if _lines(block) not in code]
    (toml,) = blocks("toml")
    assert toml in (SAMPLE / "pyproject.toml").read_text()


def _lines(code):
    """Without indentation and blank lines: methods stand alone on the page, and in a class in the file."""
    return "\n".join(line.strip() for line in code.splitlines() if line.strip())


def test_the_table_of_the_page_has_every_method():
    told = set(re.findall(r"`(\w+)`", PAGE))
    for name in ("image", "container", "file", "store"):
        source = (ROOT / f"core/engines/{name}_protocols.py").read_text()
        parts = {"lifecycle", "processes", "output", "observation", "files", "survey", "unavailable"}
        methods = set(re.findall(r"    def (\w+)\(", source)) - parts
        # Those of one container's writable layer are told in its protocol alone.
        layer_methods = {"table", "write", "mkdir", "unlink", "change", "put_tar"}
        assert methods - layer_methods <= told, name


@pytest.mark.slow
def test_the_commands_of_the_page(installed):
    (console,) = blocks("console")
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(installed / "site"), str(SAMPLE)]),
        "LAYERTUI_STORE": str(installed / "store"),
    }
    for step in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        words, _, expected = step.partition("\n")
        program, *args = words.split()
        assert program == "layertui"
        done = subprocess.run(
            [sys.executable, "-m", "layertui", *args], env=env, capture_output=True, text=True, check=False, cwd="/"
        )
        said = (done.stdout + done.stderr).replace(SHOP.id[7:19], "c0ffee000000")
        assert said == expected, words


async def test_its_images_show_on_the_screen(installed):
    settings = Settings(installed / "store", engine="folder")
    with Inspector(settings) as inspector:
        app = LayerTui(None, inspector=inspector)
        async with app.run_test(size=(120, 40)) as pilot:
            for _ in range(200):
                await pilot.pause(0.02)
                if "shop" in _text(app.screen.query_one(ImageTable)):
                    break
            assert "shop" in _text(app.screen.query_one(ImageTable))


def _text(table):
    return "\n".join(table.render_line(at).text for at in range(table.size.height))


@pytest.mark.slow
def test_one_that_cannot_be_loaded_is_a_line_among_the_engines(installed):
    points = installed / "site/layertui_folder_engine-1.0.dist-info/entry_points.txt"
    points.write_text("[layertui.engines]\nfolder = folder_engine:engine\nbroken = no_such_module:engine\n")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed / "site"), str(SAMPLE)])}
    for words, code in ((["engines"], 0), (["--engine", "broken", "images"], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "layertui", "--store", str(installed / "store"), *words],
            env=env, capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode, "Traceback" in said, "no_such_module" in said) == (code, False, True), said
        assert [line for line in said.splitlines() if "broken" in line]
