"""The tests' helpers: the line that says what was not tested, deleted folders, and nothing left in the temporary folder."""

import tempfile

from absent import not_tested
from builders import file, image, layer
from clearing import clear
from containing import programs_tree
from layertui.core.layers.cache.catalog import Catalog
from tui_values import opened

REASONS = (
    "Skipped: no mkfs.ext4 on PATH",
    "Skipped: dockerd is not on PATH",
    "Skipped: runc does not work here: ['runc: not found']",
    "Skipped: dockerd is not on PATH",
    "Skipped: no network pasta works here: pasta: not found; the package passt brings it",
    "Skipped: to mount needs root",
)


def test_the_last_line_names_what_would_bring_the_tests_back():
    assert not_tested(REASONS) == (
        "not tested for lack of programs: 5 tests; `apt-get install docker.io e2fsprogs runc passt` brings them"
    )
    assert not_tested(REASONS[-1:]) is None


def test_clear_removes_what_nobody_may_look_into(tmp_path):
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    (closed / "inner" / "file").touch()
    (tmp_path / "link").symlink_to("closed")
    (closed / "inner").chmod(0)
    closed.chmod(0)
    clear(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_images_that_are_opened_leave_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (made,) = opened(image([layer([file("a", b"content")])]))
    assert list(tmp_path.iterdir()) == []
    assert Catalog(None).stack(made.layers).view().resolve("/a").size == len(b"content")


def test_an_image_can_be_made_without_busybox(tmp_path, monkeypatch):
    """Of the machine's own shell and tools, with the libraries that they need: so containers are tested there, too."""
    import containing

    monkeypatch.setattr(containing.shutil, "which", lambda _: None)
    monkeypatch.setattr(containing, "_programs", containing._programs.__wrapped__)
    monkeypatch.setattr(containing, "host_programs", lambda *_: ("shell", tuple(tools())))
    tree = programs_tree(tmp_path)
    assert (tree / "bin/sh").read_bytes() == b"a shell"
    assert (tree / "bin/test").resolve() == tree / "bin/["
    assert (tree / "lib/deep/libc.so").read_bytes() == b"a library"


def tools():
    from layertui.core.images.demo.host_programs import HostProgram

    yield HostProgram("bin/sh", b"a shell")
    yield HostProgram("bin/[", b"a test")
    yield HostProgram("bin/test", same_as="bin/[")
    yield HostProgram("lib/deep/libc.so", b"a library")
