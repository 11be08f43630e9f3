"""How a shim removes a container: all of it, whatever modes it has, and nothing that its symlinks lead to."""

import stat

import pytest

from layertui.core.containers.runtimes.shim_process import SHIM

REMOVE = f"""
import os, sys
sys.path.append({str(SHIM.parent)!r})
from shim_remove import remove_at
remove_at(os.open(sys.argv[1], os.O_RDONLY), sys.argv[2])
"""


def removed(user, folder, name):
    done = user.run(user.python, "-I", "-S", "-c", REMOVE, folder, name)
    assert (done.returncode, done.stderr) == (0, b""), done


def modes(folder):
    return {path: stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


@pytest.mark.slow
def test_a_plain_users_symlinks_are_removed_and_not_followed(plain_user):
    home = plain_user.home
    script = f"""cd {home}; mkdir victim; echo x > victim/file; chmod 644 victim/file; chmod 755 victim
    mkdir -p container/d/shut; ln -s {home}/victim container/d/a; ln -s {home}/victim/file container/d/shut/b
    chmod 0 container/d/shut; chmod 500 container/d"""
    plain_user.run("sh", "-ec", script)
    before = modes(home / "victim")
    removed(plain_user, home, "container")
    assert not (home / "container").exists()
    assert modes(home / "victim") == before
    assert before[home / "victim" / "file"] == 0o644


@pytest.mark.slow
def test_a_symlink_itself_goes_and_what_is_missing_is_fine(plain_user):
    home = plain_user.home
    plain_user.run("sh", "-ec", f"cd {home}; mkdir -m 555 kept; ln -s kept link")
    removed(plain_user, home, "link")
    removed(plain_user, home, "link")
    assert modes(home / "kept") == {home / "kept": 0o555}


@pytest.mark.slow
def test_folders_deeper_than_a_path_can_be(plain_user):
    home = plain_user.home
    plain_user.run(
        "python3", "-c", f"import os\nos.chdir({str(home)!r})\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')"
    )
    removed(plain_user, home, "d")
    assert not (home / "d").exists()
