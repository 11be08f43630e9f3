"""What several journeys begin with."""

import pytest

from containing import require_runtime
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings


@pytest.fixture
def demo_host(tmp_path, monkeypatch):
    """A store with the demo in it; the person sits in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(tmp_path / "store")
    require_runtime("bwrap", settings.store)
    inspector = Inspector(settings)
    inspector.images.demo()
    yield inspector
    for container in inspector.containers.list():
        inspector.containers.remove(container.id, force=True)
