"""A container's folder as a layer tar."""

import io
import os
import stat
import tarfile
from pathlib import Path

import pytest

from builders import file, folder, hardlink, layer, opaque, whiteout
from laws.folders import capture_folder
from layertui.core.errors import Cancelled, StorageError
from layertui.core.layers.table.layer_folder import OverlayNotes
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.capture import capture
from layertui.core.progress import Progress


@pytest.fixture
def upper(tmp_path: Path) -> Path:
    upper = tmp_path / "upper"
    (upper / "d/e").mkdir(parents=True)
    (upper / "d/new").write_bytes(b"content")
    (upper / "d/l").symlink_to("new")
    os.link(upper / "d/new", upper / "again")
    return upper


def captured(upper: Path, **how: object) -> bytes:
    out = io.BytesIO()
    capture_folder(upper, out, **how)
    return out.getvalue()


def members(tar: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        return opened.getmembers()


def test_tree_order_links_and_contents(upper: Path) -> None:
    found = members(captured(upper))
    assert [(member.name, member.type) for member in found] == [
        ("again", tarfile.REGTYPE),
        ("d", tarfile.DIRTYPE),
        ("d/e", tarfile.DIRTYPE),
        ("d/l", tarfile.SYMTYPE),
        ("d/new", tarfile.LNKTYPE),
    ]
    assert found[4].linkname == "again"
    assert found[0].size == 7


def test_markers_stand_before_what_lies_beside_them(upper: Path) -> None:
    try:
        for name in ("zz", "d/zz"):
            os.mknod(upper / name, stat.S_IFCHR, os.makedev(0, 0))
        os.setxattr(upper / "d/e", "user.overlay.opaque", b"y")
    except OSError:
        pytest.skip("no whiteouts on this system")
    names = [member.name for member in members(captured(upper))]
    assert names == [".wh.zz", "again", "d", "d/.wh.zz", "d/e", "d/e/.wh..wh..opq", "d/l", "d/new"]


def test_the_same_folder_gives_the_same_bytes(upper: Path) -> None:
    assert captured(upper) == captured(upper)


def test_owners(upper: Path) -> None:
    found = members(captured(upper, known=OverlayNotes(mapped=lambda *_: (7, 8))))
    assert {(member.uid, member.gid) for member in found} == {(7, 8)}


def test_an_empty_folder_is_an_empty_tar(tmp_path: Path) -> None:
    assert captured(tmp_path) == bytes(1024)


def test_a_table_of_a_tar_gives_its_like() -> None:
    tar = layer(
        [
            folder("d"),
            file("d/f", b"1"),
            hardlink("d/g", "d/f"),
            hardlink("low", "in/a/lower/layer"),
            whiteout("gone"),
            whiteout("d"),
            folder("e"),
            opaque("e"),
            opaque(""),
            file("implied/x"),
        ]
    )
    table, out = read_table(io.BytesIO(tar)), io.BytesIO()
    capture(table, TarballContent(table, lambda: io.BytesIO(tar)), out)
    found = members(out.getvalue())
    assert [member.name for member in found] == [
        ".wh..wh..opq",
        ".wh.d",
        ".wh.gone",
        "low",
        "d",
        "d/f",
        "d/g",
        "e",
        "e/.wh..wh..opq",
        "implied/x",
    ]
    assert found[3].linkname == "in/a/lower/layer"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        captured(tmp_path / "nowhere")


def test_it_can_be_stopped(upper: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        captured(upper, progress=progress)
