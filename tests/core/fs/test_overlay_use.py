import os
import subprocess

import pytest

from layertui.core.fs.overlay.overlay_use import is_in_use
from peers import Missing, needs_root

pytestmark = pytest.mark.every_time  # an overlay needs root, and a plain user was asked before
_HOLD = "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work mounted && echo && exec cat"


@pytest.fixture
def upper(tmp_path):
    try:
        needs_root("an overlay")
    except Missing as missing:
        pytest.skip(str(missing))
    for name in ("lower", "upper", "work", "mounted"):
        (tmp_path / name).mkdir()
    try:
        is_in_use(tmp_path / "upper")
    except OSError as error:
        pytest.skip(f"no overlay can be made here: {error}")
    return tmp_path / "upper"


def test_it_is_in_use_while_it_is_mounted_in_another_mount_namespace(upper):
    before = os.listdir(upper.parent)
    assert not is_in_use(upper)
    hold = ("unshare", "--mount", "sh", "-c", _HOLD)
    with subprocess.Popen(hold, cwd=upper.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"\n"
        assert is_in_use(upper)
        process.stdin.close()
    assert not is_in_use(upper)
    assert os.listdir(upper.parent) == before


def test_what_is_no_folder_is_an_error_and_leaves_nothing(upper):
    file = upper.parent / "file"
    file.touch()
    before = sorted(os.listdir(upper.parent))
    with pytest.raises(OSError, match="directory"):
        is_in_use(file)
    assert sorted(os.listdir(upper.parent)) == before
