"""Nothing outside the folder is reached, by the kernel's walk and by our own."""

import errno
import os
import random
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from layertui.core.errors import UnsafePath
from layertui.core.fs import beneath
from layertui.core.fs.beneath import Beneath, parts_of
from layertui.core.fs.dir_fd import remove_at

SECRET = b"outside"


@pytest.fixture(params=["kernel", "step by step"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "kernel":
        if beneath.openat2() is None:
            pytest.skip("no openat2 here")
    else:
        monkeypatch.setattr(beneath, "openat2", lambda: None)
    return request.param


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    root = tmp_path / "root"
    (root / "etc/deep").mkdir(parents=True)
    (root / "etc/motd").write_bytes(b"inside")
    (root / "secret").write_bytes(b"the root's own")
    for name, target in {
        "up": "..",
        "abs": "/etc",
        "rel": "etc",
        "out": "../../../../../../../../etc",
        "file": "/etc/motd",
        "loop": "loop",
        "to_secret": "../secret",
        "host_secret": str(tmp_path / "secret"),
        "dangling": "/etc/new",
        "etc/deep/back": "../..",
    }.items():
        (root / name).symlink_to(target)
    return root


def content(fd: int) -> bytes:
    with open(fd, "rb") as file:
        return file.read()


@pytest.mark.usefixtures("way")
class TestSymlinksFollowedInside:
    @pytest.mark.parametrize(
        "path",
        [
            "etc/motd",
            "/etc//motd/",
            "abs/motd",
            "rel/motd",
            "out/motd",
            "file",
            "up/etc/motd",
            "../../etc/motd",
            "etc/deep/back/etc/deep/back/file",
            b"abs/./motd",
        ],
    )
    def test_leads_to_the_file_inside(self, root: Path, path: str | bytes) -> None:
        with Beneath(root, symlinks=True) as folder:
            assert content(folder.open(path, os.O_RDONLY)) == b"inside"

    def test_dot_dot_at_the_top_stays_at_the_top(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder:
            for path in ("to_secret", "up/secret", "../secret", "etc/deep/back/../../secret"):
                assert content(folder.open(path, os.O_RDONLY)) == b"the root's own"

    def test_a_path_of_the_host_is_not_there(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder, pytest.raises(FileNotFoundError):
            folder.open("host_secret", os.O_RDONLY)

    def test_a_loop_is_an_error(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder, pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
            folder.open("loop", os.O_RDONLY)

    def test_a_magic_link_is_not_taken(self, root: Path) -> None:
        with Beneath("/proc/self", symlinks=True) as folder, pytest.raises(OSError):
            folder.open("root/etc/passwd", os.O_RDONLY)

    def test_writes_through_a_dangling_link_inside(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder:
            os.close(folder.open("dangling", os.O_WRONLY | os.O_CREAT, 0o600))
        assert (root / "etc/new").is_file()

    def test_exclusive_creation_does_not_follow(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder, pytest.raises(FileExistsError):
            folder.open("dangling", os.O_WRONLY | os.O_CREAT | os.O_EXCL)

    def test_the_last_link_itself(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder:
            assert stat.S_ISLNK(folder.stat("abs/../file").st_mode)
            assert stat.S_ISREG(folder.stat("file", last=True).st_mode)
            assert folder.readlink("up/abs") == b"/etc"
            with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
                folder.open("file", os.O_RDONLY, last=False)

    def test_makes_folders_through_links(self, root: Path) -> None:
        with Beneath(root, symlinks=True) as folder:
            os.close(folder.enter("abs/one/two", make=0o755))
            with pytest.raises(OSError):
                folder.enter("dangling/x", make=0o755)
        assert (root / "etc/one/two").is_dir()


@pytest.mark.usefixtures("way")
class TestNoSymlinks:
    @pytest.mark.parametrize(
        "path", ["abs/motd", "rel/motd", "up/secret", "file", "../secret", "etc/deep/back/secret", "etc/.."]
    )
    def test_refuses(self, root: Path, path: str) -> None:
        with Beneath(root, symlinks=False) as folder, pytest.raises(UnsafePath):
            folder.open(path, os.O_RDONLY)

    def test_plain_paths_work(self, root: Path) -> None:
        with Beneath(root, symlinks=False) as folder:
            assert content(folder.open("etc/motd", os.O_RDONLY)) == b"inside"
            assert stat.S_ISLNK(folder.stat("abs").st_mode)
            with folder.at("new/folder/name", make=0o755) as (fd, name):
                os.symlink("x", name, dir_fd=fd)
            with pytest.raises(UnsafePath):
                folder.enter("new/folder/name/y", make=0o755)
            with pytest.raises(NotADirectoryError):
                folder.open("etc/motd/x", os.O_RDONLY)
        assert os.readlink(root / "new/folder/name") == "x"

    @pytest.mark.slow
    def test_a_path_deeper_than_descriptors_and_longer_than_the_kernel_takes(self, tmp_path: Path) -> None:
        path = b"/".join([b"folder"] * 1500)
        with Beneath(tmp_path, symlinks=False) as folder:
            os.close(folder.enter(path, make=0o755))
            with folder.at(path + b"/f") as (fd, name):
                os.mkfifo(name, dir_fd=fd)
            assert stat.S_ISFIFO(folder.stat(path + b"/f").st_mode)
            remove_at(folder.fd, "folder")

    @pytest.mark.parametrize("path", ["", "/", ".", "a/.."])
    def test_the_root_has_no_name(self, root: Path, path: str) -> None:
        with Beneath(root, symlinks=True) as folder, pytest.raises(UnsafePath), folder.at(path):
            pass

    def test_nul(self) -> None:
        with pytest.raises(UnsafePath):
            parts_of(b"a\0b")


def test_both_ways_answer_alike(tmp_path: Path) -> None:
    """A random jungle of links: what the kernel finds, our own walk finds, and the other way round."""
    if (kernel := beneath.openat2()) is None:
        pytest.skip("no openat2 here")
    dice = random.Random(7)
    names = ["a", "b", "c"]
    for _ in range(40):
        folder = tmp_path.joinpath(*dice.choices(names, k=dice.randint(1, 3)))
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            if not folder.parent.resolve().is_relative_to(tmp_path):
                continue
            if dice.random() < 0.5:
                folder.symlink_to("/".join(dice.choices([*names, "..", ""], k=dice.randint(1, 4))) or ".")
            else:
                folder.write_text(str(folder))
        except OSError:
            continue
    for number in range(3000):
        path = "/".join(dice.choices([*names, ".."], k=dice.randint(1, 5)))
        with Beneath(tmp_path, symlinks=bool(number % 2)) as root:
            flags, last = dice.choice([os.O_RDONLY, os.O_RDONLY | os.O_DIRECTORY, beneath.LOOK]), dice.random() < 0.7
            found = []
            for way in (kernel, None):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(beneath, "openat2", lambda way=way: way)
                    found.append(identity(root, path, flags, last))
        assert found[0] == found[1], path


def identity(root: Beneath, path: str, flags: int, last: bool) -> tuple[object, ...]:
    try:
        fd = root.open(path, flags, last=last)
    except UnsafePath:
        return ("unsafe",)
    except OSError as error:
        return ("refused", error.errno)
    try:
        return os.fstat(fd).st_dev, os.fstat(fd).st_ino
    finally:
        os.close(fd)


@pytest.mark.slow
@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("symlinks", [True, False])
def test_a_folder_that_turns_into_a_symlink_and_back(root: Path, tmp_path: Path, symlinks: bool) -> None:
    """The race of CVE-2018-15664: a folder is replaced by a link outside while it is read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "motd").write_bytes(SECRET)
    (root / "link").symlink_to(outside)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (root / "etc").rename(root / "aside")
            (root / "link").rename(root / "etc")
            (root / "etc").rename(root / "link")
            (root / "aside").rename(root / "etc")

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        with Beneath(root, symlinks=symlinks) as folder:
            for _ in range(3000):
                with suppress(OSError, UnsafePath):
                    assert content(folder.open("etc/motd", os.O_RDONLY)) == b"inside"
                with suppress(OSError, UnsafePath), folder.at("etc/made") as (fd, name):
                    os.close(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, dir_fd=fd))
    finally:
        stop.set()
        swapping.join()
    assert os.listdir(outside) == ["motd"]
