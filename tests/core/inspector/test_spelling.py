"""How names are spelled: transports, references, layers behind an `@`."""

import pytest

from layertui.core.errors import UsageError
from layertui.core.inspector.names.destination import read_destination
from layertui.core.inspector.names.spelling import Spelling, read_spelling

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("busybox", Spelling("name", "busybox")),
        ("busybox:1.36", Spelling("name", "busybox:1.36")),
        ("localhost:5000/a/b:c", Spelling("name", "localhost:5000/a/b:c")),
        (f"busybox@{DIGEST}", Spelling("name", f"busybox@{DIGEST}")),
        ("0123abcd", Spelling("name", "0123abcd")),
        ("busybox@3", Spelling("name", "busybox", upto=3)),
        ("busybox:1.36@2..4", Spelling("name", "busybox:1.36", span=(2, 4))),
        (f"busybox@{DIGEST}@2", Spelling("name", f"busybox@{DIGEST}", upto=2)),
        ("embedded:demo:1.0", Spelling("embedded", "demo:1.0")),
        ("docker-daemon:demo:1.0@2", Spelling("docker-daemon", "demo:1.0", upto=2)),
        ("podman:container:web", Spelling("podman", "container:web")),
        ("container:kind_banzai", Spelling("container", "kind_banzai")),
        ("container:kind_banzai@1..2", Spelling("container", "kind_banzai", span=(1, 2))),
        ("./x.tar", Spelling("path", "./x.tar")),
        ("/tmp/x.tar@2", Spelling("path", "/tmp/x.tar", upto=2)),
        ("docker-archive:no.tar:demo:1.0", Spelling("docker-archive", "no.tar", "demo:1.0")),
        ("oci:no/such/dir", Spelling("oci", "no/such/dir")),
        ("oci:no/such/dir:latest@1", Spelling("oci", "no/such/dir", "latest", upto=1)),
        ("docker:5000/x", Spelling("name", "docker:5000/x")),
    ],
)
def test_spellings(text, spelling):
    assert read_spelling(text) == spelling


def test_a_file_that_is_there_may_have_any_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("odd@2", "with:colon.tar", "demo.tar"):
        (tmp_path / name).touch()
    assert read_spelling("./odd@2") == Spelling("path", "./odd@2")
    assert read_spelling("demo.tar") == Spelling("path", "demo.tar")
    assert read_spelling("demo.tar@1") == Spelling("path", "demo.tar", upto=1)
    assert read_spelling("oci-archive:with:colon.tar") == Spelling("oci-archive", "with:colon.tar")
    assert read_spelling("oci-archive:with:colon.tar:a:b") == Spelling("oci-archive", "with:colon.tar", "a:b")


def test_a_plain_word_is_a_name_first_even_if_a_folder_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "busybox").mkdir()
    assert read_spelling("busybox") == Spelling("name", "busybox")


@pytest.mark.parametrize("text", ["", "x@0", "x@3..2", "x@0..2", "container:", "embedded:", "docker-archive:"])
def test_spellings_that_cannot_be(text):
    with pytest.raises(UsageError):
        read_spelling(text)


def test_an_image_in_podmans_files():
    assert read_spelling("containers-storage:x:1@2") == Spelling("containers-storage", "x:1", None, 2)
    root = "[overlay@/srv/a+/run/a]x:1"
    assert read_spelling(f"containers-storage:{root}") == Spelling("containers-storage", root, None, None)


def test_an_image_in_a_registry():
    assert read_spelling("docker://host:5000/x:1@2") == Spelling("docker", "//host:5000/x:1", None, 2)


def test_the_home_folder_is_found_where_no_shell_expands_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert read_spelling("oci-archive:~/a.tar:x") == Spelling("oci-archive", f"{tmp_path}/a.tar", "x")
    assert read_spelling("~/a.tar@2") == Spelling("path", f"{tmp_path}/a.tar", upto=2)
    assert read_destination("oci:~/b", "embedded", list).path == tmp_path / "b"
    (tmp_path / "~").mkdir()
    (tmp_path / "~/a.tar").touch()
    assert read_spelling("oci-archive:~/a.tar").rest == "~/a.tar"
