"""What writes to folders, and what takes that back, run again as a user who is not root; a sample of it where a run is one."""

import os
from pathlib import Path

import pytest

import sampling

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CORE = HERE.parent / "core"
WHAT = [
    *(CORE / "layers/write" / name for name in ("test_apply.py", "test_capture.py", "test_extract.py")),
    CORE / "layers/table/test_layer_folder.py",
    *(CORE / "fs" / name for name in ("test_beneath.py", "test_dir_fd.py")),
    *(HERE / name for name in ("test_merge.py", "test_capture_apply.py")),
    CORE / "containers/rootfs/test_way_back.py",
    HERE.parent / "tui/screens/home/test_undo.py",
]


@pytest.mark.skipif(os.geteuid() != 0, reason="every test here runs as a plain user already")
def test_as_a_plain_user(plain_user):
    profile = "quick" if sampling.seed() else "layertui"
    sample = {name: os.environ.get(name, "") for name in (sampling.VARIABLE, sampling.PASSED_BEFORE)}
    done = plain_user.run(
        plain_user.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--hypothesis-profile={profile}", "--basetemp", plain_user.home / "pytest",
        "--rootdir", HERE.parent.parent, "-c", HERE.parent.parent / "pyproject.toml", *WHAT, timeout=900,
        env=sample,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-4000:]
