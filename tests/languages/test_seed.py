"""The story this program is made for, by keys on screens in Chinese, in a small and a large terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from containing import require_runtime

pytestmark = [pytest.mark.slow, pytest.mark.late("keys may come before what they are meant for is painted")]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_the_story(tmp_path, columns, rows):
    require_runtime("bwrap", tmp_path / "store")
    argv = [sys.executable, str(Path(__file__).with_name("seed_in.py")), str(tmp_path), str(columns), str(rows)]
    env = {**os.environ, "COLUMNS": str(columns), "LINES": str(rows)}
    done = subprocess.run(argv, check=False, timeout=300, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-6000:]
