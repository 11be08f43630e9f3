"""What every test stands on: a home and a store of its own, and no time zone but UTC."""

from itertools import count
from pathlib import Path

import pytest

_numbers = count(1)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _apart_from_the_user(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test away from the user's own store, settings and engines."""
    home = _homes / str(next(_numbers))
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LAYERTUI_STORE", str(home / "store"))
    for name in ("LAYERTUI_ENGINE", "LAYERTUI_RUNTIME", "DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    """Give a folder for an embedded store that is not there yet."""
    return tmp_path / "store"
