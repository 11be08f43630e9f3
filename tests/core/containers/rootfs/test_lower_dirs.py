import os

import pytest

from layertui.core.containers.rootfs.lower_dirs import find, read


@pytest.fixture
def roots(tmp_path):
    top, middle, bottom = (tmp_path / name for name in ("top", "middle", "bottom"))
    for root in (top, middle, bottom):
        (root / "etc").mkdir(parents=True)
    (bottom / "etc/passwd").write_text("bottom")
    (bottom / "etc/group").write_text("bottom")
    (bottom / "etc/shadow").write_text("bottom")
    (middle / "etc/group").write_text("middle")
    (bottom / "data").mkdir()
    (bottom / "data/old").write_text("old")
    return [top, middle, bottom]


def test_the_top_one_answers(roots):
    assert read(roots, "/etc/passwd") == b"bottom"
    assert read(roots, "/etc/group") == b"middle"
    assert read(roots, "etc//./group") == b"middle"
    assert find(roots, "/etc") == roots[0] / "etc"
    assert find(roots, "/") == roots[0]
    assert read(roots, "/etc/none") is None
    assert read(roots, "/etc") is None
    assert read(roots, "/etc/passwd/x") is None


def test_a_layer_that_is_not_unpacked_shows_nothing(roots, tmp_path):
    roots.insert(1, tmp_path / "not-unpacked")
    assert read(roots, "/etc/group") == b"middle"
    assert find(roots, "/data") == tmp_path / "bottom/data"


def test_whiteouts_hide(roots):
    os.mknod(roots[0] / "etc/group", 0o020000, 0)
    (roots[1] / "etc/.wh.shadow").touch()
    assert read(roots, "/etc/group") is None
    assert read(roots, "/etc/shadow") is None
    assert read(roots, "/etc/passwd") == b"bottom"


def test_a_name_too_long_for_a_whiteout_beside_it(roots):
    (roots[2] / "etc" / ("n" * 255)).write_text("long")
    assert read(roots, "/etc/" + "n" * 255) == b"long"


def test_opaque_folders_hide(roots):
    (roots[1] / "data").mkdir()
    os.setxattr(roots[1] / "data", "user.overlay.opaque", b"y")
    assert find(roots, "/data") == roots[1] / "data"
    assert read(roots, "/data/old") is None


def test_a_file_over_a_folder(roots):
    (roots[0] / "data").write_text("file")
    assert read(roots, "/data") == b"file"
    assert read(roots, "/data/old") is None


def test_symlinks_stay_inside(roots):
    (roots[0] / "etc/link").symlink_to("/etc/passwd")
    (roots[0] / "etc/up").symlink_to("../../../../etc/group")
    (roots[0] / "etc/loop").symlink_to("loop")
    (roots[0] / "lib").symlink_to("data")
    assert read(roots, "/etc/link") == b"bottom"
    assert read(roots, "/etc/up") == b"middle"
    assert read(roots, "/etc/loop") is None
    assert read(roots, "/lib/old") == b"old"
    assert read(roots, "/lib/../etc/passwd") == b"bottom"


def test_a_symlink_itself(roots):
    (roots[0] / "proc").symlink_to("etc")
    assert find(roots, "/proc", follow=False) == roots[0] / "proc"
    assert find(roots, "/proc") == roots[0] / "etc"


@pytest.mark.parametrize("path", ["/etc/pass\0wd", "/etc/\ud800"])
def test_what_no_path_can_be_is_not_there(path, roots):
    assert find(roots, path) is None
    assert read(roots, path) is None
