"""`copy` into an OCI layout that another user can write to: nothing is written or read anywhere else, and nothing is waited for."""

import json
import os
from contextlib import contextmanager, suppress

import pytest

from builders import docker_archive, file, image, layer, layout_files
from hostile.meanwhile import meanwhile
from hostile.trial import SECRET
from layertui.core.containers.rootfs.staging import exchange
from layertui.core.errors import LayertuiError

pytestmark = pytest.mark.slow

BUILT = image([layer([file("etc/motd", b"hello\n")])], tags=["a:1"])
ROUNDS = 150


@pytest.fixture
def theirs(trial):
    """A layout with an image of theirs; ours is in the store."""
    trial.say("load", docker_archive(BUILT, trial.folder / "a.tar")).ok()
    layout = trial.folder / "theirs"
    for name, content in layout_files(image([layer([file("x", b"x")])], tags=["their:1"])).items():
        (layout / name).parent.mkdir(parents=True, exist_ok=True)
        (layout / name).write_bytes(content)
    return layout


def put_aside(path):
    """What was there, beside it."""
    path.rename(path.with_name(f"{path.name}.was"))


def linked(path, target):
    put_aside(path)
    path.symlink_to(target)


def piped(path):
    put_aside(path)
    os.mkfifo(path)


PLACES = {
    "the folder of blobs is a link": lambda layout, outside: linked(layout / "blobs", outside),
    "the folder of an algorithm is a link": lambda layout, outside: linked(layout / "blobs/sha256", outside),
    "it is a link that leads nowhere": lambda layout, outside: linked(layout / "blobs", outside / "new"),
    "the index is a link to a file of ours": lambda layout, outside: linked(layout / "index.json", outside / "index"),
    "the index is a pipe": lambda layout, outside: piped(layout / "index.json"),
    "the index never ends": lambda layout, outside: linked(layout / "index.json", "/dev/zero"),
    "the index is huge": lambda layout, outside: os.truncate(layout / "index.json", 1 << 40),
    "the index is a folder": lambda layout, outside: (
        put_aside(layout / "index.json"),
        (layout / "index.json").mkdir(),
    ),
}


@pytest.mark.parametrize("what", PLACES)
def test_what_leads_elsewhere_is_one_line(trial, theirs, what):
    aside = trial.folder / "aside"
    aside.mkdir()
    (aside / "index").write_text(
        json.dumps({"schemaVersion": 2, "manifests": [], "annotations": {"a": SECRET.decode()}})
    )
    PLACES[what](theirs, aside)
    trial.say("copy", "a:1", f"oci:{theirs}:x").failed()
    assert os.listdir(aside) == ["index"]
    assert trial.sound() == []


def test_a_link_in_the_place_of_a_blob_is_replaced_and_not_written_through(trial, theirs):
    secret = trial.outside / "secret"
    blobs = theirs / "blobs/sha256"
    for name in layout_files(BUILT):
        if name.startswith("blobs/"):
            (theirs / name).symlink_to(secret)
    trial.say("copy", "a:1", f"oci:{theirs}:x").ok()
    assert not [path for path in blobs.iterdir() if path.is_symlink()]
    assert trial.say("history", f"oci:{theirs}:x").code == 0
    assert trial.sound() == []


@contextmanager
def swapping(layout, other):
    """The folder of blobs and a link to another folder take each other's place again and again, in another thread."""
    (layout / "link").symlink_to(other)
    here = os.open(layout, os.O_RDONLY)

    def swap():
        with suppress(OSError):
            exchange(here, b"blobs", here, b"link")

    try:
        with meanwhile(swap):
            yield
    finally:
        os.close(here)


def test_who_swaps_folders_meanwhile_gets_nothing_written_elsewhere(trial, theirs):
    from layertui.core.inspector import Inspector
    from layertui.core.settings import Settings

    other = trial.folder / "other"
    other.mkdir()
    whole = 0
    with Inspector(Settings(trial.store)) as inspector, swapping(theirs, other):
        for number in range(ROUNDS):
            with suppress(LayertuiError):
                inspector.transfers().copy("a:1", f"oci:{theirs}:n{number}")
                whole += 1
    assert os.listdir(other) == []
    assert whole, "no copy was ever taken whole"
