"""A caller's umask, nothing and all: neither opens a store to others, nor denies access to files in containers."""

import os
import stat

import pytest

from builders import docker_archive
from command_line import layertui, process
from containing import box, each_runtime, require_runtime

INSIDE = "umask; mkdir /made; echo x > /made/f; chmod 640 /made/f; stat -c %a /made /made/f /etc/hosts /tmp /dev/shm"


@pytest.fixture(params=[0, 0o77], ids=oct)
def umask(request):
    """What the caller has."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture(params=each_runtime())
def runtime(request, tmp_path, monkeypatch):
    require_runtime(request.param, tmp_path / "probe")
    monkeypatch.setenv("LAYERTUI_RUNTIME", request.param)


@pytest.fixture
def host_folder(tmp_path):
    """One to be copied, with modes of its own."""
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "f").write_bytes(b"x")
    (folder / "f").chmod(0o604)
    folder.chmod(0o705)
    return folder


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.usefixtures("umask")
def test_what_is_put_into_a_container_has_the_modes_that_it_should(tmp_path, store_folder, host_folder):
    store_folder.mkdir(mode=0o755)
    layertui("load", docker_archive(box(), tmp_path / "box.tar"), store=store_folder).ok()
    made = layertui("create", "--name", "one", "box:1", store=store_folder).ok().text.strip()
    layertui("write", "one", "/w", stdin=b"x", store=store_folder).ok()
    layertui("mkdir", "-p", "one", "/d/e", store=store_folder).ok()
    layertui("cp", host_folder, "one:/h", store=store_folder).ok()
    upper = store_folder / "containers" / made / "upper"
    assert (mode(upper), mode(upper / "w"), mode(upper / "d"), mode(upper / "d/e")) == (0o755, 0o644, 0o755, 0o755)
    assert (mode(upper / "h"), mode(upper / "h/f")) == (0o705, 0o604)
    layertui("cp", "one:/h", tmp_path / "out", store=store_folder).ok()
    assert (mode(tmp_path / "out"), mode(tmp_path / "out/f")) == (0o705, 0o604)


@pytest.mark.slow
@pytest.mark.usefixtures("runtime")
def test_what_runs_has_its_own_and_the_store_is_nobody_elses_to_write(tmp_path, store_folder, umask):
    store_folder.mkdir()
    store_folder.chmod(0o755)  # made without setting the umask
    layertui("load", docker_archive(box(), tmp_path / "box.tar"), store=store_folder).ok()
    done = process("run", "--name", "one", "box:1", "sh", "-c", INSIDE, store=store_folder)
    assert (done.code, done.text.split()) == (0, ["0022", "755", "640", "644", "1777", "1777"]), done.err
    for path in store_folder.rglob("*"):
        place = path.relative_to(store_folder).parts
        of_an_image = place[0] == "unpacked" and place[1:2] != ("mounts",)
        if not of_an_image and "upper" not in place and not path.is_symlink():
            assert not mode(path) & 0o022, path
    containers = store_folder / "containers"
    assert not mode(containers) & 0o077
    layertui("rm", "one", store=store_folder).ok()
