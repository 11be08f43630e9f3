"""Images that somebody else changes while they are read: each verb gives an answer or one line, in time, of nothing outside."""

import os
from contextlib import contextmanager, suppress
from itertools import count

import pytest

from builders import docker_archive, file, folder, image, layer, oci_layout
from hostile.meanwhile import meanwhile

pytestmark = pytest.mark.slow

CHANGES = ("whole", "symlink", "pipe", "short", "empty", "other", "folder", "gone")
ROUNDS = 15


def built():
    files = [file(f"d/f{number}", b"content" * 500) for number in range(30)]
    return image([layer([folder("d"), *files]), layer([file("d/f1", b"other")])], tags=["box:1"])


def verbs(name, where):
    """What reads an image."""
    return [
        ("history", name), ("layers", name), ("inspect", name), ("tree", name), ("ls", "-R", name), ("cat", name, "/d/f1"),
        ("which", name, "/d/f1"), ("compare", name, name), ("extract", name, "/d", where / "out"), ("load", name),
    ]  # fmt: skip


@contextmanager
def changing(files, outside, aside):
    """Each file becomes something else again and again, in another thread; at the end all are whole."""
    wholes = {path: path.read_bytes() for path in files}
    numbers = count()

    def become(path, how, new):
        whole = wholes[path]
        match how:
            case "symlink":
                new.symlink_to(outside / "secret")
            case "pipe":
                os.mkfifo(new)
            case "folder":
                new.mkdir()
            case "gone":
                pass
            case _:
                new.write_bytes({"whole": whole, "short": whole[:-7], "empty": b""}.get(how, b"[]" + whole[2:]))
        with suppress(OSError):
            os.rmdir(path)
        if how in ("folder", "gone"):
            path.unlink(missing_ok=True)
        if how != "gone":
            new.rename(path)

    def change():
        number = next(numbers)
        for at, path in enumerate(files):
            become(
                path,
                "whole" if number % 3 else CHANGES[(number // 3 + at) % len(CHANGES)],
                aside / f"{number}-{at}",
            )

    try:
        with meanwhile(change):
            yield
    finally:
        for path in files:
            become(path, "whole", aside / "last")


@pytest.fixture
def aside(tmp_path):
    """A folder on the same file system, in which things are made."""
    (tmp_path / "aside").mkdir()
    return tmp_path / "aside"


def test_a_layout(trial, aside):
    layout = oci_layout(built(), trial.folder / "layout")
    files = sorted(path for path in layout.rglob("*") if path.is_file())
    with changing(files, trial.outside, aside):
        codes = {trial.say(*verb).code for _ in range(ROUNDS) for verb in verbs(layout, trial.folder)}
    assert codes >= {0, 1}, "some came at a good moment, and some at a bad one"
    assert trial.sound() == []
    trial.say("load", layout).ok()


def test_an_archive(trial, aside):
    archive = docker_archive(built(), trial.folder / "box.tar")
    with changing([archive], trial.outside, aside):
        codes = {trial.say(*verb).code for _ in range(ROUNDS) for verb in verbs(archive, trial.folder)}
    assert codes >= {0, 1}, "some came at a good moment, and some at a bad one"
    assert trial.sound() == []
    trial.say("load", archive).ok()


def test_the_stores_own_files(trial, aside):
    """By somebody with the same rights, or a disk that comes and goes."""
    trial.say("load", docker_archive(built(), trial.folder / "box.tar")).ok()
    trial.say("create", "--name", "box", "box:1", "true").ok()
    files = sorted(path for path in (trial.store / "blobs").rglob("*") if path.is_file())
    files += (trial.store / "containers").rglob("record.json")
    with changing(files, trial.outside, aside):
        for _ in range(ROUNDS):
            for verb in verbs("box:1", trial.folder)[:-1]:
                trial.say(*verb)
            for verb in (("ps", "-a"), ("inspect", "box"), ("images",), ("df",), ("export", "box"), ("diff", "box")):
                trial.say(*verb)
    assert trial.sound() == []
    assert trial.say("cat", "box:1", "/d/f1").out == b"other"
