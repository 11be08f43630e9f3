"""Home with a catalog: its images stand beside those of the store, one line says what is missing, and V is for it alone."""

import subprocess
import sys
from dataclasses import replace

import pytest

from builders import docker_archive, file, image, layer
from catalog_stage import fill, need_extra, own_settings
from home_driver import Driver
from layertui.core.catalog import extra
from layertui.core.errors import LayertuiError
from layertui.core.inspector import Inspector
from layertui.tui.app import LayerTui
from layertui.tui.screens.size.repository_map_screen import RepositoryMapScreen

pytestmark = pytest.mark.slow

BASE = layer([file("etc/motd", "hello\n" * 500)])
NO_EXTRA = "`catalog` needs the package duckdb: install the extra, `pip install 'layertui[catalog]'`"


async def until(pilot, condition):
    for _ in range(1500):
        if condition():
            return
        await pilot.pause(0.02)
    pytest.fail("it did not come")


async def test_images_of_the_catalog_are_rows_and_the_map_is_theirs(tmp_path):
    need_extra()
    settings = own_settings(tmp_path)
    with Inspector(settings) as inspector:
        inspector.images.load(docker_archive(image([BASE], tags=["here:1"]), tmp_path / "here.tar"))
    both = [image([BASE, layer([file("srv/app", name)])], tags=[f"{name}:1"]) for name in ("one", "two")]
    archives = [docker_archive(made, tmp_path / f"{number}.tar") for number, made in enumerate(both)]
    fill(settings.catalog, *archives, settings=settings)
    with Inspector(settings) as inspector:
        app = LayerTui(settings, inspector=inspector)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = Driver(app, pilot)
            await drive.rest()
            await until(pilot, lambda: "catalog" in drive.home.state.others)
            await drive.rest()
            await drive.press("1")
            assert [(row.title, row.engine) for row in drive.home.panes.images.rows] == [
                ("here:1", ""),
                (str(archives[0]), "catalog"),
                (str(archives[1]), "catalog"),
            ]
            assert drive.home.refusal("V") == "size map by repository: go to an image of a catalog first"
            await drive.press("j")
            assert drive.home.state.subject.title
            assert drive.paths() == ["/etc", "/srv"]
            await drive.press("V")
            assert isinstance(app.screen, RepositoryMapScreen)
            assert "".join(text for text, _ in app.screen.meaning.whole().pieces).startswith("3.01kB in 3 layers of 2")
            await drive.press("tab", "enter", "enter", "escape")
            assert app.screen is drive.home
            await drive.press("d")  # nothing is changed in a catalog
            assert app.screen is drive.home


@pytest.mark.parametrize("missing", ["duckdb"])
async def test_without_the_extra_one_line_says_what_to_install(tmp_path, monkeypatch, missing):
    found = extra.find_spec
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == missing else found("json"))
    settings = replace(own_settings(tmp_path), catalog_place=str(tmp_path / "catalog"))
    with Inspector(settings) as inspector:
        app = LayerTui(settings, inspector=inspector)
        told = []
        app.notify = lambda text, **_: told.append(str(text))
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: told)
            assert told == [f"catalog is not shown: {NO_EXTRA}"]
        with pytest.raises(LayertuiError, match="install the extra"):
            inspector.open("catalog:shop:1")


ASKED = """
import sys
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from dataclasses import replace
with Inspector(replace(Settings.load(), catalog_place="/nothing")) as inspector:
    assert "catalog" in inspector.engine_names()
    assert inspector.of("catalog").engine.name == "catalog"
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"duckdb", "pyarrow", "fsspec", "distributed"}))
"""


def test_an_engine_that_is_not_asked_imports_nothing_of_the_extra():
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
