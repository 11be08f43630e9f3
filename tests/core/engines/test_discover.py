import subprocess
import sys

import pytest

from layertui.core.engines import discover
from layertui.core.engines.discover import Engines
from layertui.core.engines.engine import Engine
from layertui.core.errors import LayertuiError, NotFound
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.settings import Settings


def engines(store, default="embedded", makers=None):
    return Engines(Settings(store=store, engine=default), lambda: Catalog(None), makers)


def test_the_embedded_one_is_there(tmp_path):
    found = engines(tmp_path)
    assert found.default.name == "embedded"
    assert found.default.sink is not None
    assert found.default.containers is not None
    assert found.names()[0] == "embedded"


def test_one_that_is_not(tmp_path):
    with pytest.raises(NotFound, match="embedded"):
        _ = engines(tmp_path, "nowhere").default


def test_several_at_once_each_made_once(tmp_path):
    made = []

    def make(settings, catalog):
        made.append((settings.engine, settings.store))
        return Engine(settings.engine, None)

    found = engines(tmp_path, "one", {"one": make, "two": make})
    assert found.default is found.named("one")
    assert found.named("two") is found.named("two")
    assert found.named("embedded").upkeep is not None
    assert made == [("one", tmp_path), ("two", tmp_path)]
    assert found.names()[:3] == ["embedded", "one", "two"]


@pytest.mark.parametrize(
    ("spelled", "why"),
    [
        ("no_such_module_at_all:engine", "ModuleNotFoundError"),
        ("json:no_such_function", "AttributeError"),
        ("json:loads", "TypeError"),
    ],
)
def test_one_of_another_package_that_cannot_be_loaded_is_one_line(tmp_path, monkeypatch, spelled, why):
    monkeypatch.setattr(discover, "_entry_points", lambda: {"broken": spelled})
    found = engines(tmp_path)
    assert found.names() == ["embedded", "broken"]
    with pytest.raises(LayertuiError, match=f"the engine broken .* cannot be loaded: {why}"):
        found.named("broken")
    assert found.default.name == "embedded"


def test_nothing_is_made_before_it_is_needed(tmp_path):
    found = engines(tmp_path / "store").default
    assert found.containers is not None
    assert list(found.containers.list()) == []
    assert not (tmp_path / "store").exists()


def test_lists_and_lives_need_no_numpy():
    script = "import sys, layertui.core.engines.embedded.embedded_engine; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
