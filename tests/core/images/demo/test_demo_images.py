"""The demo images: real, the same each time, worth comparing, and they start."""

import os
import shutil
import subprocess
import tarfile
from io import BytesIO

import pytest

from layertui.core.images.compare.compare_images import compare
from layertui.core.images.demo import host_programs
from layertui.core.images.demo.demo_images import NAMES, demo_images
from layertui.core.images.demo.host_programs import HostProgram
from layertui.core.images.demo.host_programs import host_programs as find_programs
from layertui.core.images.history_steps import steps
from layertui.core.store.store_check import fsck
from layertui.core.store.store_layout import Store

LITTLE = (HostProgram("bin/busybox", b"\x7fELF"), HostProgram("bin/sh", same_as="bin/busybox"))


def members(one):
    with tarfile.open(fileobj=BytesIO(one.open().read())) as tar:
        return {member.name: member for member in tar}


def test_three_images_with_their_names():
    made = demo_images(LITTLE)
    assert [[str(name) for name in one.names] for one in made] == [[name] for name in NAMES]
    assert [one.id for one in made] == [one.id for one in demo_images(LITTLE)]


def test_they_show_every_kind_of_change():
    _, first, second = demo_images(LITTLE)
    assert len(first.layers) == 5
    assert any(step.empty_layer for step in steps(first))
    third, fifth = members(first.layers[2]), members(first.layers[4])
    assert third["etc/motd"].size == 18
    assert {"etc/.wh.issue", "var/cache/.wh..wh..opq"} <= set(fifth)
    assert "srv/app/.wh.notes.txt" in members(second.layers[-1])


def test_they_part_after_layer_2():
    busybox, first, second = demo_images(LITTLE)
    compared = compare(first, second)
    assert (compared.base.layers, compared.base.steps) == (2, 4)
    found = {pair.op for pair in compared.history}
    assert found == {"same", "only_a", "only_b", "changed"}
    assert {"cmd", "env.PATH"} <= {one.field for one in compared.config}
    assert compare(busybox, first).base.layers == 1


def test_a_store_takes_them(store_folder):
    store = Store(store_folder)
    for one in demo_images(LITTLE):
        assert store.put(one, one.names).image.id == one.id
    assert fsck(store).ok
    assert len(store.find("busybox").layers) == 1


def test_a_machine_without_programs(monkeypatch):
    monkeypatch.setattr(host_programs.platform, "system", lambda: "Darwin")
    assert find_programs() == ("nothing", ())
    assert len(demo_images()[1].layers) == 5


def unpack(one, root):
    with tarfile.open(fileobj=BytesIO(one.open().read())) as tar:
        tar.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)  # Python before 3.11.4 knows none
        tar.extractall(root)


def starts(root, *command):
    return subprocess.run(
        [shutil.which("chroot", path="/usr/sbin:/sbin:/usr/bin:/bin"), root, *command],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/bin"},
    ).stdout


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
@pytest.mark.parametrize("kind", ["busybox", "shell"])
def test_they_start(tmp_path, kind):
    search = host_programs.SEARCH
    if kind == "shell":
        # The host's tools without its busybox.
        (tmp_path / "tools").mkdir()
        for name in host_programs.TOOLS:
            for place in search.split(":"):
                if os.path.exists(f"{place}/{name}") and not (tmp_path / "tools" / name).is_symlink():
                    (tmp_path / "tools" / name).symlink_to(os.path.realpath(f"{place}/{name}"))
        search = str(tmp_path / "tools")
    word, programs = find_programs(search)
    if word != kind:
        pytest.skip(f"this machine has no {kind}")
    root = tmp_path / "root"
    unpack(demo_images(programs)[0].layers[0], root)
    assert starts(root, "/bin/sh", "-c", "echo hello; id -u") == "hello\n0\n"
    starts(root, "sh", "-c", "command -v tty && command -v stty")
    starts(root, "touch", "/1.txt")
    assert "1.txt" in starts(root, "ls", "/").split()
    assert starts(root, "/usr/bin/env", "sh", "-c", "cat /etc/passwd").startswith("root:x:0:0:")
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
