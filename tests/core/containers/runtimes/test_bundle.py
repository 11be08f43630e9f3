import os
import stat

import pytest

from layertui.core.containers.runtimes.bundle import MOUNT_POINTS, mount_points
from layertui.core.fs.atomic import write_private


@pytest.fixture(params=[0, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_any_user_may_enter_the_mount_points(tmp_path, umask):
    folder = mount_points(tmp_path / "mounts")
    assert {name: mode(folder / name) for name in MOUNT_POINTS} == dict.fromkeys(MOUNT_POINTS, 0o755)


def test_a_private_file_is_its_owners(tmp_path, umask):
    write_private(tmp_path / "plan", b"PASSWORD=x")
    assert (mode(tmp_path / "plan"), (tmp_path / "plan").read_bytes()) == (0o600, b"PASSWORD=x")
