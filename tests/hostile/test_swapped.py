"""Folders of the host that another user can write to, changed while they are copied into a container: nothing else comes in."""

import io
import os
from contextlib import contextmanager, suppress

import pytest

from builders import docker_archive, folder, image, layer
from hostile.meanwhile import meanwhile
from hostile.trial import SECRET
from layertui.core.containers.rootfs.staging import exchange
from layertui.core.errors import LayertuiError
from layertui.core.inspector.containers.container_copy import _Packing
from layertui.core.progress import quiet

pytestmark = pytest.mark.slow

ROUNDS = 1500


@pytest.fixture
def shared(tmp_path):
    """A folder of many below, beside each what takes its place: a symlink to one that holds a secret, a pipe."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "f").write_bytes(SECRET)
    shared = tmp_path / "shared"
    for number in range(8):
        (shared / "proj" / f"s{number}").mkdir(parents=True)
        (shared / "proj" / f"s{number}" / "f").write_bytes(b"x")
        (shared / f"s{number}").symlink_to(tmp_path / "private")
        (shared / "proj" / f"f{number}").write_bytes(b"x")
        (shared / f"f{number}").symlink_to(tmp_path / "private" / "f")
    (shared / "f0").unlink()
    os.mkfifo(shared / "f0")
    return shared


@contextmanager
def swapping(shared):
    """All of them exchanged again and again, in another thread."""
    here, there = os.open(shared, os.O_RDONLY), os.open(shared / "proj", os.O_RDONLY)
    names = [os.fsencode(name) for name in os.listdir(shared) if name != "proj"]

    def swap():
        for name in names:
            assert exchange(here, name, there, name)

    try:
        with meanwhile(swap):
            yield
    finally:
        os.close(here)
        os.close(there)


def packed(top):
    out = io.BytesIO()
    packing = _Packing(out, keep_owners=False, progress=quiet())
    packing.add(os.fspath(top), "proj")
    packing.close()
    return out.getvalue()


def test_what_is_packed_is_the_folders_own(shared):
    whole = 0
    with swapping(shared):
        for _ in range(ROUNDS):
            with suppress(LayertuiError):
                tar = packed(shared / "proj")
                assert SECRET not in tar
                whole += 1
    assert whole, "no copy was ever taken whole"


def test_cp_says_so_in_one_line_or_copies_it(trial, shared):
    trial.say("load", docker_archive(image([layer([folder("tmp")])], tags=["box:1"]), trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    with swapping(shared):
        for number in range(8):
            trial.say("cp", shared / "proj", f"box:/tmp/p{number}")
    assert SECRET not in trial.say("export", "box").out
    assert trial.sound() == []
