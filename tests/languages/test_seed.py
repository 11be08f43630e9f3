"""The story this program is made for: by keys and by the mouse, in every language, in a small and a large terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from containing import require_runtime

pytestmark = [pytest.mark.slow, pytest.mark.late("keys may come before what they are meant for is painted")]


LARGE, SMALL = (160, 45), (80, 24)


def run_story(script, language, hands, folder, size):
    """Let it be told by a process of its own."""
    require_runtime("bwrap", folder / "store")
    columns, rows = map(str, size)
    argv = [sys.executable, str(Path(__file__).with_name(script)), language, hands, str(folder), columns, rows]
    env = {**os.environ, "COLUMNS": columns, "LINES": rows}
    done = subprocess.run(argv, check=False, timeout=300, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-6000:]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("hands", ["keys", "mouse"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_story(tmp_path, language, hands, size):
    run_story("seed_in.py", language, hands, tmp_path, size)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("hands", ["keys", "mouse"])
def test_the_tour_in_chinese(tmp_path, hands, size):
    """In English it is walked in tests/journeys/test_tour.py."""
    run_story("tour_in.py", "zh_CN", hands, tmp_path, size)
