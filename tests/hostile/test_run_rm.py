"""`run --rm` of a plain user: what is removed has links to files of the host, which keep their modes."""

import stat
import time

import pytest

from builders import docker_archive
from containing import box

pytestmark = pytest.mark.slow


def test_links_out_of_the_container_are_removed_and_not_followed(plain_user, tmp_path):
    victim = plain_user.home / "victim"
    plain_user.run("sh", "-ec", "mkdir -m 755 victim; echo x > victim/file; chmod 644 victim/file")
    plain_user.layertui("load", stdin=docker_archive(box(), tmp_path / "box.tar").read_bytes())
    script = f"mkdir /made; ln -s {victim} /made/a; ln -s {victim}/file /made/b; ls /made; chmod 500 /made"
    done = plain_user.layertui("run", "--rm", "box:1", "sh", "-ec", script)
    assert (done.returncode, done.stdout) == (0, b"a\nb\n"), done.stderr
    containers = plain_user.home / "store/containers"
    deadline = time.monotonic() + 60
    while any(len(path.name) == 64 for path in containers.iterdir()):
        assert time.monotonic() < deadline, "the container stays"
        time.sleep(0.1)
    assert not list(containers.glob(".gone-*"))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (victim, victim / "file")] == [0o755, 0o644]
    assert (victim / "file").read_text() == "x\n"
