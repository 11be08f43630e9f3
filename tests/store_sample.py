"""The images that the tests of the store put in, and whether that has changed anything."""

import os
import random
from contextlib import contextmanager

from builders import file, folder, image, layer, oci_archive, whiteout
from layertui.core.images.archive.archive import open_archive
from layertui.core.store.store_check import fsck

BASE = layer([folder("etc"), file("etc/motd", b"hello")])
TOP = layer([whiteout("etc/motd"), file("app/run", random.Random(48).randbytes(300_000), mode=0o755)])
DEMO = image([BASE, TOP], history=["ADD rootfs /", "ENV A=b", "RUN x"], empty=[1], tags=["demo:1.0"])
OTHER = image([BASE], tags=["other:1", "other:2"])


def load(store, path, **how):
    with open_archive(path, spool=store.path) as found:
        return [store.put(one, one.names, **how) for one in found.images]


def put(store, built, tmp_path, **how):
    (stored,) = load(store, oci_archive(built, tmp_path / "in.tar"), **how)
    return stored


def state(store):
    """Everything that the store says of itself, to see that it has stayed as it was."""
    return (
        dict(store.blobs.listed()),
        store.index(),
        sorted(os.listdir(store.path / "tmp")) if (store.path / "tmp").exists() else [],
    )


@contextmanager
def unchanged(store):
    before = state(store)
    yield
    assert state(store) == before
    assert fsck(store).ok
