"""The archive endpoint's answers, as they were recorded or as a hostile daemon would give them."""

import base64
import errno
import io
import json
import os

import pytest

from layertui.core.bounds import Bounds, bounds, set_bounds
from layertui.core.engines.daemon.files.container_archive import ContainerArchive
from layertui.core.engines.daemon.files.daemon_tar import ArchiveContent, first_member, found_members
from layertui.core.errors import (
    CannotPause,
    Conflict,
    Damaged,
    LayertuiError,
    LimitExceeded,
    NotFound,
    Unreachable,
    WrongState,
)
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.progress import quiet
from scripted_daemon import ScriptedDaemon, tar_of

SYMLINK_OF_DOCKER = "eyJuYW1lIjoibG4iLCJzaXplIjoxMCwibW9kZSI6MTM0MjE4MjM5LCJtdGltZSI6IjIwMjYtMTItMDFUMTQ6Mjg6MjQuNTg0MzI2NTk0WiIsImxpbmtUYXJnZXQiOiIvZXRjL25ldyJ9"


def said(**what):
    return {"X-Docker-Container-Path-Stat": base64.b64encode(json.dumps(what).encode()).decode()}


@pytest.fixture
def daemon():
    return ScriptedDaemon()


@pytest.fixture
def archive(daemon):
    return ContainerArchive(daemon.client(), "c" * 64, "one")


def test_what_is_at_a_path(daemon, archive):
    daemon.answers("HEAD", "archive", headers={"X-Docker-Container-Path-Stat": SYMLINK_OF_DOCKER})
    found = archive.stat("/tmp/ln")
    assert (found.kind, found.mode, found.link) == (Kind.SYMLINK, 0o777, "/etc/new")


@pytest.mark.parametrize(
    ("bits", "kind", "mode"),
    [
        (0o644, Kind.FILE, 0o644),
        (1 << 31 | 1 << 20 | 0o777, Kind.DIR, 0o1777),
        (1 << 23 | 0o751, Kind.FILE, 0o4751),
        (1 << 25 | 0o600, Kind.FIFO, 0o600),
        (1 << 26 | 1 << 21 | 0o620, Kind.CHAR, 0o620),
        (1 << 26 | 0o660, Kind.BLOCK, 0o660),
    ],
)
def test_kinds_and_modes_are_those_of_go(daemon, archive, bits, kind, mode):
    daemon.answers("HEAD", "archive", headers=said(mode=bits, linkTarget="/x"))
    found = archive.stat("/x")
    assert (found.kind, found.mode, found.link) == (kind, mode, None)


def test_a_socket_and_nothing(daemon, archive):
    daemon.answers("HEAD", "archive", headers=said(mode=1 << 24 | 0o755))
    assert archive.stat("/run/socket") is None
    daemon.answers("HEAD", "archive", status=404)
    assert archive.stat("/not/there") is None


@pytest.mark.parametrize("header", ["", "%", "bm8=", base64.b64encode(b'{"mode": "x"}').decode(), "W10="])
def test_a_description_that_cannot_be_read(daemon, archive, header):
    daemon.answers("HEAD", "archive", headers={"X-Docker-Container-Path-Stat": header})
    with pytest.raises(Unreachable, match="described a path"):
        archive.stat("/x")


def test_the_path_is_sent_as_it_is(daemon, archive):
    daemon.answers("HEAD", "archive", status=404)
    archive.stat("/a b\n?&#%/é\udcff")
    assert daemon.asked[-1].endswith("/archive?path=%2Fa+b%0A%3F%26%23%25%2F%C3%A9%FF")


def test_changes_in_the_order_of_the_daemon(daemon, archive):
    rows = [{"Path": "/q", "Kind": 1}, {"Path": "/etc", "Kind": 0}, {"Path": "/opt/a b\nc", "Kind": 2}]
    daemon.answers("GET", "changes", json.dumps(rows).encode())
    assert [(one.kind, one.path) for one in archive.changes()] == [("A", "/q"), ("C", "/etc"), ("D", "/opt/a b\nc")]
    daemon.answers("GET", "changes", b"null\n")
    assert archive.changes() == []


@pytest.mark.parametrize("body", [b"[1]", b'[{"Path": "/x", "Kind": 7}]', b'[{"Kind": 1}]', b"[", b"<html>"])
def test_changes_that_cannot_be_read(daemon, archive, body):
    daemon.answers("GET", "changes", body)
    with pytest.raises(Unreachable):
        archive.changes()


def test_an_answer_without_end_is_cut(daemon, archive):
    before = bounds()
    set_bounds(Bounds(documents=1 << 16))
    try:
        daemon.answers("GET", "changes", b"[" + b" " * (1 << 20))
        with pytest.raises(LimitExceeded, match="DOCUMENTS"):
            archive.changes()
    finally:
        set_bounds(before)


def test_what_the_daemon_says_to_a_tar(daemon, archive):
    daemon.answers(
        "PUT",
        "archive",
        b'{"message":"Error processing tar file(exit status 1): cannot overwrite directory \\"/tmp/pd\\" with non-directory"}',
        status=500,
    )
    with pytest.raises(Conflict, match="cannot overwrite directory"):
        archive.put("/tmp", io.BytesIO(b""))
    daemon.answers("PUT", "archive", b'{"message":"container rootfs is marked read-only"}', status=403)
    with pytest.raises(LayertuiError, match="read-only"):
        archive.put("/tmp", io.BytesIO(b""))


def test_no_path_and_no_container_are_distinguished(daemon, archive):
    daemon.answers("GET", "archive", b'{"message":"Could not find the file /x in container cccc"}', status=404)
    with pytest.raises(NotFound, match=r"^/x: no such file or folder"), archive.tar("/x"):
        pass
    daemon.answers("GET", "archive", b'{"message":"No such container: cccc"}', status=404)
    with pytest.raises(NotFound, match="No such container"), archive.tar("/x"):
        pass


# ---------------------------------------------------------------- tars


def names(content, path):
    return [found.path for found in found_members(io.BytesIO(content), path)]


def test_names_begin_with_the_last_of_the_path_or_with_a_slash():
    assert names(tar_of("data/", "data/f"), "/srv/data") == [b"srv/data", b"srv/data/f"]
    assert names(tar_of("/", "/f", "/sub/g"), "/data") == [b"data", b"data/f", b"data/sub/g"]
    assert names(tar_of("/bin/", "/bin/sh"), "/") == [b"bin", b"bin/sh"]


def test_a_member_that_leads_elsewhere_is_refused():
    with pytest.raises(Damaged, match="member"):
        names(tar_of("data/", "data/../../etc/passwd"), "/data")


def test_the_content_of_a_file_is_asked_for_when_it_is_opened(daemon, archive):
    daemon.answers("GET", "archive", tar_of(("new", b"content")))
    entry = Entry("/etc/new", Kind.FILE, 0o644, 0, 0, 7, 0)
    with ArchiveContent(archive).open(entry) as content:
        content.seek(3)
        assert content.read() == b"tent"


@pytest.mark.parametrize("content", [tar_of(), tar_of("new/"), tar_of(("new", b"", "elsewhere"))])
def test_what_is_no_file_any_more_is_not_opened(daemon, archive, content):
    daemon.answers("GET", "archive", content)
    with pytest.raises(NotFound):
        ArchiveContent(archive).open(Entry("/etc/new", Kind.FILE, 0o644, 0, 0, 7, 0))


def test_a_name_that_is_not_utf8_is_looked_for_in_its_folder(daemon, archive):
    daemon.answers("GET", "archive", {"/etc": tar_of("etc/", "etc/a", ("etc/\udcff", b"odd"))}.get)
    with ArchiveContent(archive).open(Entry("/etc/\udcff", Kind.FILE, 0o644, 0, 0, 3, 0)) as content:
        assert content.read() == b"odd"


def test_the_header_of_a_path_alone():
    tar = io.BytesIO(tar_of("data/", "data/f"))
    assert first_member(tar, "/data").header.name == b"data/"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EPIPE])
def test_what_takes_no_more_of_an_export_is_not_blamed_on_the_daemon(daemon, archive, code):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(code, os.strerror(code))

    daemon.answers("GET", "export", tar_of(("etc/motd", b"hello")))
    with pytest.raises(OSError, match=os.strerror(code)):
        archive.export(Full(), quiet())


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (
            'error pausing container "cc" to commit: can not pause containers on rootless containers with cgroup V1',
            CannotPause,
        ),
        ("container state improper", WrongState),
        ("no space left on device", LayertuiError),
    ],
)
def test_a_commit_that_cannot_pause_is_told_from_one_that_fails(daemon, archive, said, error):
    daemon.answers("POST", "commit", json.dumps({"message": said}).encode(), status=500)
    with pytest.raises(LayertuiError, match=said[:20]) as raised:
        archive.commit((), message=None, author=None, changes=(), pause=True)
    assert type(raised.value) is error
