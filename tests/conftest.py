"""What every test stands on: its own store, its own home, and no time zone but UTC."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _apart_from_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test away from the user's own store, settings and engines."""
    home = tmp_path_factory.mktemp("home")
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
