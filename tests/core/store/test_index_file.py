"""index.json is read once as long as it is the same file, and never mistaken for its previous content."""

import json
import os
import time

import pytest

from layertui.core.errors import Damaged
from layertui.core.oci.digest import digest_of
from layertui.core.store import index_file
from layertui.core.store.index_file import IndexFile


def index(number):
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest_of(b"%d" % number), "size": 1}
    return json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "index.json"
    path.write_bytes(index(1))
    return path


@pytest.fixture
def opened(monkeypatch):
    read, found = index_file.read_small, []
    monkeypatch.setattr(index_file, "read_small", lambda one: found.append(one) or read(one))
    return found


def grow_old(path):
    while time.time_ns() - path.stat().st_ctime_ns < 150_000_000:
        time.sleep(0.02)


def test_what_stays_the_same_is_read_once(path, opened):
    grow_old(path)
    file = IndexFile(path, lambda: True)
    assert file.read() is file.read()
    assert file.read().index is file.parsed().index
    assert opened == [path]


def test_one_that_has_just_changed_is_read_again(path, opened):
    file = IndexFile(path, lambda: True)
    first = file.read()
    assert file.read() is not first
    assert len(opened) == 2


@pytest.mark.parametrize("how", ["renamed", "written into", "same size and time"])
def test_a_change_is_seen(path, how):
    grow_old(path)
    file, before = IndexFile(path, lambda: True), path.stat()
    assert file.read().index.manifests[0].digest == digest_of(b"1")
    if how == "written into":
        path.write_bytes(index(2))
    else:
        beside = path.with_name("beside")
        beside.write_bytes(index(2))
        if how == "same size and time":
            os.utime(beside, ns=(before.st_atime_ns, before.st_mtime_ns))
        beside.rename(path)
    assert file.read().index.manifests[0].digest == digest_of(b"2")
    assert file.read().digest == digest_of(index(2))


def test_one_whose_digest_is_known_is_not_parsed(path):
    path.write_bytes(b"{")
    file = IndexFile(path, lambda: True)
    assert file.parsed(digest_of(b"{")).digest == digest_of(b"{")
    with pytest.raises(Damaged):
        file.parsed(digest_of(b"x"))


def test_where_nothing_was_ever_put_in_nothing_is_listed(tmp_path):
    snapshot = IndexFile(tmp_path / "index.json", lambda: False).read()
    assert (snapshot.digest, snapshot.index.manifests) == (None, ())
    with pytest.raises(Damaged, match="is lost"):
        IndexFile(tmp_path / "index.json", lambda: True).read()
