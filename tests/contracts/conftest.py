"""A container of the box, on each runtime that is here; nothing is left of it when a test is over."""

import os
import time

import pytest

from containing import engine_at, options, require_runtime, runtimes
from layertui.core.streams.progress import quiet


@pytest.fixture(params=runtimes())
def engine(request, tmp_path):
    require_runtime(request.param, tmp_path / "probe")
    made = engine_at(tmp_path / "store", request.param)
    yield made
    for one in made.containers.list():
        made.containers.remove(one.id, force=True)
    folder = tmp_path / "store" / "containers"
    for _ in range(60):  # a shim may be about to remove its container
        left = [name for name in os.listdir(folder) if name not in ("lock", "names")] if folder.is_dir() else []
        if not left:
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {left}")


@pytest.fixture
def containers(engine):
    return engine.containers


@pytest.fixture
def image(engine):
    return engine.images.open("box:1", None, quiet())


@pytest.fixture
def make(containers, image):
    return lambda *command, **more: containers.create(image, "box:1", options(*command, **more))


@pytest.fixture
def started(containers, make):
    return lambda *command, **more: containers.start(make(*command, **more).id)


@pytest.fixture
def said(containers, started):
    """Everything that a container says which runs these words."""

    def run(*command, **more):
        container = started(*command, **more)
        containers.wait(container.id)
        return b"".join(line.text for line in containers.logs(container.id)).decode()

    return run
