"""containerd's database: what is in it, and files that are none."""

import os
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import bolt
from layertui.core.engines.daemon.local_images.bolt_file import Bucket, read_bolt
from layertui.core.errors import Damaged, LayertuiError, LimitExceeded, StorageError

TREE = {
    b"v1": {b"default": {b"images": {b"a": {b"target": {b"digest": b"d", b"size": b""}}}, b"empty": {}}},
    b"x": b"y",
}


def as_dict(bucket):
    return {key: as_dict(value) if isinstance(value, Bucket) else value for key, value in bucket.items()}


def written(tmp_path, content):
    path = tmp_path / "meta.db"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("fan_out", [1, 2, 16])
def test_all_that_is_in_it(tmp_path, fan_out):
    tree = TREE | {b"many": {b"%03d" % number: b"v" * 900 for number in range(60)}}
    path = written(tmp_path, bolt.bolt_bytes(tree, fan_out=fan_out))
    assert read_bolt(path, as_dict) == tree
    assert read_bolt(path, lambda top: (top.value(b"x"), top.value(b"v1"), top.bucket(b"x"))) == (b"y", b"", None)


def test_the_older_transaction_counts_where_the_newer_one_is_not_whole(tmp_path):
    content = bytearray(bolt.bolt_bytes(TREE))
    root = struct.unpack_from("<Q", content, bolt.PAGE + 32)[0]
    content[: bolt.PAGE] = bolt.meta(0, root, 6)
    content[bolt.PAGE + 60] ^= 1
    assert read_bolt(written(tmp_path, content), as_dict) == TREE
    # The first page may be the one that is being written: then the size of a page is not known.
    content = bytearray(bolt.bolt_bytes(TREE))
    content[40] ^= 1
    assert read_bolt(written(tmp_path, content), as_dict) == TREE


def test_what_is_read_is_of_one_transaction(tmp_path):
    path = written(tmp_path, bolt.bolt_bytes(TREE))
    seen = []

    def look(top):
        seen.append(as_dict(top))
        if len(seen) == 1:  # containerd writes meanwhile
            content = bolt.bolt_bytes({b"new": b"1"})
            root = struct.unpack_from("<Q", content, bolt.PAGE + 32)[0]
            path.write_bytes(bolt.meta(0, root, 8) + content[bolt.PAGE :])
        return seen[-1]

    assert read_bolt(path, look) == {b"new": b"1"}
    assert len(seen) == 2


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"\0" * 70_000, bolt.meta(0, 2, 1)[:60]])
def test_a_file_that_is_no_database(tmp_path, content):
    with pytest.raises(Damaged, match="not a database of containerd"):
        read_bolt(written(tmp_path, content), as_dict)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", tmp_path / "pipe", tmp_path):
        with pytest.raises(StorageError):
            read_bolt(path, as_dict)


def test_pages_that_lead_to_each_other(tmp_path):
    loop = bolt.page(2, bolt.BRANCH, 2, struct.pack("<IIQIIQ", 0, 0, 2, 0, 0, 2))
    with pytest.raises((Damaged, LimitExceeded)):
        read_bolt(written(tmp_path, bolt.meta(0, 2, 1) + bolt.meta(1, 2, 2) + loop), as_dict)


def test_items_that_lie_over_each_other(tmp_path):
    over = bolt.page(2, bolt.LEAF, 200, struct.pack("<IIII", 0, 0, 0, 3000) * 200)
    with pytest.raises(Damaged, match="one of its pages"):
        read_bolt(written(tmp_path, bolt.meta(0, 2, 1) + bolt.meta(1, 2, 2) + over), as_dict)


def test_a_page_of_more_bytes_than_may_be_read(tmp_path):
    content = bytearray(bolt.bolt_bytes(TREE))
    root = struct.unpack_from("<Q", content, bolt.PAGE + 32)[0]
    struct.pack_into("<I", content, root * bolt.PAGE + 12, 2**32 - 1)
    with pytest.raises(LimitExceeded):
        read_bolt(written(tmp_path, content), as_dict)


@given(st.lists(st.tuples(st.integers(2 * bolt.PAGE, 8 * bolt.PAGE), st.integers(0, 255)), min_size=1, max_size=20))
def test_whatever_is_in_its_pages(tmp_path_factory, changes):
    content = bytearray(bolt.bolt_bytes(TREE, fan_out=1))
    for at, value in changes:
        content[at % len(content)] = value
    path = written(tmp_path_factory.mktemp("bolt"), content)
    with suppress(LayertuiError):  # no other error, and no endless walk
        assert isinstance(read_bolt(path, as_dict), dict)
