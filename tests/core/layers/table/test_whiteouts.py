"""Whiteouts and opaque folders, as tars and as folders write them."""

import os

import pytest

from layertui.core.errors import Damaged
from layertui.core.layers.table.layer_table import OPAQUE, WHITED
from layertui.core.layers.table.path_keys import normalize
from layertui.core.layers.table.whiteouts import is_whiteout, marker, overlay_xattr, portable_xattrs


@pytest.mark.parametrize(
    ("path", "hides", "what"),
    [
        (b".wh.a", WHITED, b"a"),
        (b"d/.wh.a", WHITED, b"d/a"),
        (b"d/e/.wh..hidden", WHITED, b"d/e/.hidden"),
        (b"d/.wh.a.wh.b", WHITED, b"d/a.wh.b"),
        (b"d/.wh..wh..opq", OPAQUE, b"d"),
        (b".wh..wh..opq", OPAQUE, b""),
    ],
)
def test_what_it_hides(path: bytes, hides: int, what: bytes) -> None:
    found = marker(normalize(path))
    assert found is not None
    assert (found.hides, found.key) == (hides, normalize(what))


@pytest.mark.parametrize(
    "path", [b".wh..wh.plnk", b".wh..wh.plnk/1.2", b"d/.wh..wh.aufs", b".wh.d/inside", b"a/.wh.d/b/.wh.c"]
)
def test_what_means_nothing(path: bytes) -> None:
    found = marker(normalize(path))
    assert found is not None
    assert found.hides == 0


@pytest.mark.parametrize("path", [b"a", b"a.wh.b", b"wh.a", b"d/a.wh.", b".whx"])
def test_what_is_none(path: bytes) -> None:
    assert marker(normalize(path)) is None


@pytest.mark.parametrize("path", [b".wh.", b"d/.wh.", b".wh..", b".wh...", b"d/.wh..."])
def test_what_names_nothing(path: bytes) -> None:
    with pytest.raises(Damaged, match="names nothing"):
        marker(normalize(path))


def status_of(mode: int, dev: int = 0) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, 0, 0, 0, 0, 0, 0), {"st_rdev": dev})


def test_whiteouts_in_a_folder() -> None:
    xattrs = {"user.overlay.whiteout": b""}
    assert is_whiteout(status_of(0o020000), {}, by_xattr=False)
    assert not is_whiteout(status_of(0o020000, os.makedev(1, 3)), {}, by_xattr=False)
    assert is_whiteout(status_of(0o100000), xattrs, by_xattr=True)
    assert not is_whiteout(status_of(0o100000), xattrs, by_xattr=False)
    assert not is_whiteout(status_of(0o040000), xattrs, by_xattr=True)


def test_xattrs() -> None:
    found = {"trusted.overlay.opaque": b"y", "user.a": b"1", "security.selinux": b"l", "system.posix_acl_access": b"2"}
    assert overlay_xattr(found, "opaque") == b"y"
    assert overlay_xattr(found, "origin") is None
    assert portable_xattrs(found) == {"system.posix_acl_access": b"2", "user.a": b"1"}
