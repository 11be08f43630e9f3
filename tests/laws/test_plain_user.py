"""What writes to folders, run again as a user who is not root."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WHAT = [
    HERE.parent / "core/layers" / name
    for name in (
        "test_apply.py",
        "test_at.py",
        "test_beneath.py",
        "test_capture.py",
        "test_extract.py",
        "test_folder.py",
    )
] + [HERE / "test_merge.py", HERE / "test_capture_apply.py"]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="every test here runs as a plain user already")
def test_as_a_plain_user(plain_user):
    done = plain_user.run(
        plain_user.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", plain_user.home / "pytest",
        "--rootdir", HERE.parent.parent, "-c", HERE.parent.parent / "pyproject.toml", *WHAT, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-4000:]
