"""The files of an archive by name: links looked up inside, and nowhere else."""

import os

import pytest

from builders import char, fifo, file, folder, hardlink, layer, symlink
from layertui.core.errors import Damaged, LimitExceeded, UnsafePath
from layertui.core.fs.file_window import window_of
from layertui.core.images.archive.archive_members import FolderMembers, TarMembers
from rawtar import END, extended, gnu_sparse, member


@pytest.fixture
def tar(tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(
        layer(
            [
                file("./plain", b"plain"),
                file("twice", b"first"),
                file("twice", b"second"),
                folder("dir"),
                file("dir/inner", b"inner"),
                symlink("dir/up", "../plain"),
                symlink("chain", "dir/up"),
                hardlink("hard", "dir/inner"),
                symlink("loop", "loop"),
                symlink("out", "../../etc/passwd"),
                symlink("root", "/etc/passwd"),
                symlink("back", "/../plain"),
                char("null", 1, 3),
                fifo("pipe"),
                file("../escape", b"x"),
                file("x" * 150, b"long"),
            ]
        )
    )
    with TarMembersOf(path) as members:
        yield members


class TarMembersOf:
    def __init__(self, path):
        self.members = TarMembers(window_of(path))

    def __enter__(self):
        return self.members

    def __exit__(self, *_):
        self.members.close()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("plain", b"plain"),
        ("./plain", b"plain"),
        ("dir//inner", b"inner"),
        ("dir/../plain", b"plain"),
        ("twice", b"second"),
        ("dir/up", b"plain"),
        ("chain", b"plain"),
        ("hard", b"inner"),
        ("x" * 150, b"long"),
    ],
)
def test_found(tar, path, content):
    assert tar.size(path) == len(content)
    assert tar.open(path).read() == content


@pytest.mark.parametrize("path", ["loop", "out", "root", "null", "pipe", "dir", "nothing", "../escape", "../plain", ""])
def test_not_found(tar, path):
    assert tar.size(path) is None
    with pytest.raises(Damaged):
        tar.open(path)


def test_what_is_open_stays_open(tar):
    content = tar.open("plain")
    tar.close()
    assert content.read() == b"plain"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "root"
    (root / "dir/deep").mkdir(parents=True)
    (root / "plain").write_text("plain")
    (root / "dir/inner").write_text("inner")
    for name, target in {
        "dir/up": "../plain",
        "chain": "dir/up",
        "folder": "dir",
        "loop": "loop",
        "out": "../secret",
        "absolute": str(tmp_path / "secret"),
        "dir/far": "../../root/plain",
        "dangling": "nothing",
    }.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("plain", b"plain"),
        ("dir/inner", b"inner"),
        ("dir/up", b"plain"),
        ("chain", b"plain"),
        ("folder/inner", b"inner"),
        ("folder/up", b"plain"),
        ("dir/deep/../inner", b"inner"),
    ],
)
def test_found_in_a_folder(root, path, content):
    members = FolderMembers(root)
    assert members.size(path) == len(content)
    with members.open(path) as stream:
        assert stream.read() == content
    members.close()


@pytest.mark.parametrize("path", ["nothing", "dangling", "dir", "pipe", "plain/below", "nothing/below"])
def test_not_found_in_a_folder(root, path):
    members = FolderMembers(root)
    assert members.size(path) is None
    with pytest.raises(Damaged):
        members.open(path)


@pytest.mark.parametrize("path", ["out", "absolute", "dir/far", "../secret", "dir/../../secret"])
def test_nothing_outside_a_folder(root, path):
    members = FolderMembers(root)
    with pytest.raises(UnsafePath):
        members.size(path)
    with pytest.raises(UnsafePath):
        members.open(path)


MAP = [(0, 3), (5000, 4), (1 << 20, 0)]
HELD = b"abcdefg"
WHOLE = (b"abc" + bytes(4997) + b"defg").ljust(1 << 20, b"\0")
SPARSE = {
    "old": gnu_sparse(b"blob", MAP, 1 << 20, HELD),
    "0.1": extended((b"GNU.sparse.map", b"0,3,5000,4,1048576,0"), (b"GNU.sparse.size", b"1048576"))
    + member(b"blob", HELD),
    "1.0": extended(
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", b"blob"),
        (b"GNU.sparse.realsize", b"1048576"),
    )
    + member(b"GNUSparseFile.0/blob", b"3\n0\n3\n5000\n4\n1048576\n0\n".ljust(512, b"\0") + HELD),
}


@pytest.mark.parametrize("form", SPARSE)
def test_a_file_that_was_packed_with_its_holes(tmp_path, form):
    (tmp_path / "a.tar").write_bytes(SPARSE[form] + member(b"other", b"other") + END)
    with TarMembersOf(tmp_path / "a.tar") as members:
        assert members.size("blob") == len(WHOLE)
        first, second = members.open("blob"), members.open("blob")
        assert first.read(5) == b"abc\0\0"
        assert second.read() == WHOLE
        assert first.source == second.source
        assert members.open("other").read() == b"other"
    assert first.read() == WHOLE[5:]


def test_a_file_that_is_nothing_but_holes(tmp_path):
    (tmp_path / "a.tar").write_bytes(gnu_sparse(b"blob", [(0, 1)], 8 << 40, b"x") + END)
    with TarMembersOf(tmp_path / "a.tar") as members, pytest.raises(LimitExceeded, match="LAYERTUI_MAX_RATIO"):
        members.open("blob")
