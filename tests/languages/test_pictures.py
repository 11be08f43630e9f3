"""Pictures of the main screens in Chinese; each is looked at by a person before it is kept (`--snapshot-update` keeps them)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# On one worker: the pictures are made once for all of these tests.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pictures-in-chinese")]

HERE = Path(__file__).parent
KEPT = HERE / "pictures"
NAMES = [path.stem for path in sorted(KEPT.glob("*.svg"))]


@pytest.fixture(scope="module")
def made(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("pictures")
    argv = [sys.executable, str(HERE / "pictures_in.py"), "zh_CN", str(folder)]
    subprocess.run(argv, check=True, timeout=300, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if request.config.getoption("update_snapshots"):
        KEPT.mkdir(exist_ok=True)
        for path in folder.glob("*.svg"):
            (KEPT / path.name).write_text(path.read_text())
    return folder


def test_all_are_kept(made):
    assert sorted(path.name for path in made.glob("*.svg")) == sorted(path.name for path in KEPT.glob("*.svg"))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_as_it_was_kept(made, name):
    assert (made / f"{name}.svg").read_text() == (KEPT / f"{name}.svg").read_text()
