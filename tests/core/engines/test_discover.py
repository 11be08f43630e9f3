import subprocess
import sys

import pytest

from layertui.core.engines.discover import engine, names
from layertui.core.errors import NotFound
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.settings import Settings


def test_the_embedded_one_is_there(tmp_path):
    found = engine(Settings(store=tmp_path, engine="embedded"), lambda: Catalog(None))
    assert found.name == "embedded"
    assert found.sink is not None
    assert found.containers is not None
    assert names()[0] == "embedded"


def test_one_that_is_not(tmp_path):
    with pytest.raises(NotFound, match="embedded"):
        engine(Settings(store=tmp_path, engine="nowhere"), lambda: Catalog(None))


def test_nothing_is_made_before_it_is_needed(tmp_path):
    found = engine(Settings(store=tmp_path / "store", engine="embedded"), lambda: Catalog(None))
    assert found.containers is not None
    assert list(found.containers.list()) == []
    assert not (tmp_path / "store").exists()


def test_lists_and_lives_need_no_numpy():
    script = "import sys, layertui.core.engines.embedded.embedded_engine; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
