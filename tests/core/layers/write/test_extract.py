"""Files and folders of a view onto the host, by the rules of docker cp."""

import io
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from builders import char, fifo, file, folder, hardlink, layer, symlink, whiteout
from layertui.core.errors import Cancelled, Conflict, LayertuiError, LimitExceeded, NotFound, StorageError
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.stack.view import View
from layertui.core.layers.table.entry import Entry
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.extract import extract
from layertui.core.progress import Progress
from rawtar import END, gnu_sparse


def view_of(*layers):
    laid = []
    for items in layers:
        tar = items if isinstance(items, bytes) else layer(items)
        table = read_table(io.BytesIO(tar))
        laid.append(StackLayer(table, TarballContent(table, lambda tar=tar: io.BytesIO(tar))))
    return Stack.from_layers(laid).view()


@pytest.fixture
def view() -> View:
    return view_of(
        [
            folder("etc", mode=0o750),
            file("etc/motd", b"welcome", mode=0o640, uid=5, gid=6, mtime=1_600_000_000.5),
            file("etc/gone"),
            symlink("etc/to_motd", "motd"),
            symlink("etc/out", "/outside"),
            folder("etc/shut", mode=0),
            hardlink("etc/motd2", "etc/motd"),
            symlink("conf", "etc"),
            folder("var"),
        ],
        [whiteout("etc/gone"), file("etc/n\udcff", b"x")],
    )


def names(top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in top.rglob("*"))


class TestFile:
    def test_to_a_new_name(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc/motd", tmp_path / "here")
        status = (tmp_path / "here").stat()
        assert (tmp_path / "here").read_bytes() == b"welcome"
        assert stat.S_IMODE(status.st_mode) == 0o640
        assert (status.st_uid, status.st_mtime) == (os.geteuid(), 1_600_000_000.5)

    def test_into_a_folder(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc/motd", tmp_path)
        assert names(tmp_path) == ["motd"]

    def test_over_a_file(self, view: View, tmp_path: Path) -> None:
        (tmp_path / "old").write_text("something longer than that")
        extract(view, "/etc/motd", tmp_path / "old")
        assert (tmp_path / "old").read_bytes() == b"welcome"

    def test_over_a_link_that_the_user_named(self, view: View, tmp_path: Path) -> None:
        (tmp_path / "real").write_text("old")
        (tmp_path / "link").symlink_to("real")
        extract(view, "/etc/motd", tmp_path / "link")
        assert (tmp_path / "real").read_bytes() == b"welcome"
        assert (tmp_path / "link").is_symlink()

    def test_into_what_is_missing(self, view: View, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            extract(view, "/etc/motd", tmp_path / "a/b")
        with pytest.raises(NotFound):
            extract(view, "/etc/motd", f"{tmp_path}/a/")

    def test_a_second_name_alone(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc/motd2", tmp_path)
        assert (tmp_path / "motd2").read_bytes() == b"welcome"

    def test_into_a_pipe(self, view: View, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        extract(view, "/etc/motd", tmp_path / "pipe")
        assert os.read(reader, 100) == b"welcome"
        os.close(reader)

    def test_missing(self, view: View, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            extract(view, "/etc/gone", tmp_path)


class TestSymlink:
    def test_is_copied_as_one(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc/to_motd", tmp_path)
        assert os.readlink(tmp_path / "to_motd") == "motd"

    def test_is_followed_on_request(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc/to_motd", tmp_path / "x", follow=True)
        assert (tmp_path / "x").read_bytes() == b"welcome"

    def test_to_a_folder_is_followed_with_a_slash(self, view: View, tmp_path: Path) -> None:
        extract(view, "/conf", tmp_path)
        assert os.readlink(tmp_path / "conf") == "etc"
        extract(view, "/conf/.", tmp_path / "inside")
        assert (tmp_path / "inside/motd").is_file()


class TestFolder:
    ALL = ["motd", "motd2", "n\udcff", "out", "shut", "to_motd"]

    def test_to_a_new_name(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc", tmp_path / "new")
        assert names(tmp_path / "new") == self.ALL
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o750
        assert (tmp_path / "new/motd").stat().st_ino == (tmp_path / "new/motd2").stat().st_ino
        assert stat.S_IMODE((tmp_path / "new/shut").stat().st_mode) == 0

    def test_into_a_folder(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc", tmp_path)
        assert names(tmp_path) == ["etc", *(f"etc/{name}" for name in self.ALL)]
        extract(view, "/etc", tmp_path)

    def test_only_what_it_holds(self, view: View, tmp_path: Path) -> None:
        extract(view, "/etc/.", tmp_path)
        assert names(tmp_path) == self.ALL

    def test_everything(self, view: View, tmp_path: Path) -> None:
        extract(view, "/", tmp_path / "all")
        assert {"conf", "etc", "var"} == {path.name for path in (tmp_path / "all").iterdir()}

    def test_onto_a_file(self, view: View, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("")
        with pytest.raises(Conflict):
            extract(view, "/etc", tmp_path / "f")

    def test_a_file_onto_a_folder_inside(self, view: View, tmp_path: Path) -> None:
        (tmp_path / "etc/motd").mkdir(parents=True)
        with pytest.raises(Conflict):
            extract(view, "/etc", tmp_path)


class TestOutside:
    def test_a_symlink_in_the_destination_is_not_followed(self, view: View, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "dest").mkdir()
        (tmp_path / "dest/etc").symlink_to("../outside")
        with pytest.raises(Conflict):
            extract(view, "/etc", tmp_path / "dest")
        assert names(tmp_path / "outside") == []

    def test_a_file_that_is_a_symlink_in_the_destination_is_replaced(self, view: View, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("mine")
        (tmp_path / "dest/etc").mkdir(parents=True)
        (tmp_path / "dest/etc/motd").symlink_to("../../secret")
        extract(view, "/etc", tmp_path / "dest")
        assert (tmp_path / "secret").read_text() == "mine"
        assert not (tmp_path / "dest/etc/motd").is_symlink()

    def test_a_link_of_the_image_is_no_way_out(self, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        hostile = view_of([symlink("a/out", str(tmp_path / "outside"))], [file("a/out/x", b"!"), folder("a/out/d")])
        extract(hostile, "/a", tmp_path / "dest")
        assert names(tmp_path / "outside") == []
        assert (tmp_path / "dest/out/x").read_bytes() == b"!"

    def test_setuid_for_another_owner_is_dropped(self, tmp_path: Path) -> None:
        mine, other = os.geteuid(), os.geteuid() + 1
        made = view_of(
            [
                file("mine", mode=0o4755, uid=mine, gid=os.getegid()),
                file("other", mode=0o6755, uid=other, gid=os.getegid()),
            ]
        )
        extract(made, "/", tmp_path / "d")
        assert stat.S_IMODE((tmp_path / "d/mine").stat().st_mode) == 0o4755
        assert stat.S_IMODE((tmp_path / "d/other").stat().st_mode) == 0o755

    def test_devices_are_reported_and_pipes_are_made(self, tmp_path: Path) -> None:
        made = view_of([folder("dev"), char("dev/null", 1, 3), fifo("dev/pipe")])
        assert extract(made, "/dev", tmp_path) == ("/dev/null",)
        assert stat.S_ISFIFO((tmp_path / "dev/pipe").stat().st_mode)


def test_no_half_file_is_left(tmp_path: Path) -> None:
    tar = layer([file("big", b"x" * 100_000)])
    table = read_table(io.BytesIO(tar))
    cut = Stack.from_layers([StackLayer(table, TarballContent(table, lambda: io.BytesIO(tar[:50_000])))])
    with pytest.raises(LayertuiError):
        extract(cut.view(), "/big", tmp_path / "big")
    assert names(tmp_path) == []


class Watched:
    """A layer's content that records which names a folder has while a file of it is written."""

    def __init__(self, content: TarballContent, folder: Path) -> None:
        self.content, self.folder, self.seen = content, folder, set[str]()

    def open(self, entry: Entry) -> BinaryIO:
        return cast("BinaryIO", self if entry.path == "/f" else self.content.open(entry))

    def read(self, size: int) -> bytes:
        self.seen.update(os.listdir(self.folder))
        return b"x" * size

    def close(self) -> None:
        pass


@pytest.mark.parametrize("knows_unnamed_files", [True, False])
@pytest.mark.parametrize("before", [None, "file", "symlink"])
def test_what_is_not_whole_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None, *, knows_unnamed_files: bool
) -> None:
    if not knows_unnamed_files:
        monkeypatch.delattr(os, "O_TMPFILE")
    tar = layer([file("f", b"y" * 9, mode=0o640, mtime=1_600_000_000.5)])
    table = read_table(io.BytesIO(tar))
    watched = Watched(TarballContent(table, lambda: io.BytesIO(tar)), tmp_path)
    if before == "file":
        (tmp_path / "f").write_bytes(b"old")
    elif before == "symlink":
        (tmp_path / "f").symlink_to("nowhere")
    extract(Stack.from_layers([StackLayer(table, watched)]).view(), "/f", tmp_path)
    beside = {name[:5] for name in watched.seen - {"f"}}
    assert beside == (set() if knows_unnamed_files else {".tmp-"})
    assert (names(tmp_path), (tmp_path / "f").read_bytes()) == (["f"], b"x" * 9)
    status = (tmp_path / "f").lstat()
    assert (stat.S_IMODE(status.st_mode), status.st_mtime) == (0o640, 1_600_000_000.5)


def test_a_folder_that_cannot_be_written(view: View, tmp_path: Path) -> None:
    with pytest.raises((StorageError, NotFound)):
        extract(view, "/etc/motd", "/proc/nothing/here")


def test_the_holes_of_a_sparse_file_stay_holes(tmp_path: Path) -> None:
    terabyte = 1 << 40
    view = view_of(gnu_sparse(b"s", [(terabyte - 512, 512)], terabyte, b"x" * 512) + END)
    extract(view, "/s", tmp_path / "s")
    status = (tmp_path / "s").stat()
    assert status.st_size == terabyte
    assert status.st_blocks * 512 < 1 << 20
    with (tmp_path / "s").open("rb") as written:
        written.seek(-512, 2)
        assert written.read() == b"x" * 512


def test_progress_knows_the_total_and_reaches_it(view: View, tmp_path: Path) -> None:
    progress = Progress()
    extract(view, "/etc", tmp_path, progress=progress)
    assert progress.done == progress.total == len(names(tmp_path)) + len("welcome") + len("x")


def test_the_holes_of_a_sparse_file_count_as_done(tmp_path: Path) -> None:
    size, progress = 1 << 20, Progress()
    view = view_of(gnu_sparse(b"s", [(size - 512, 512)], size, b"x" * 512) + END)
    extract(view, "/s", tmp_path, progress=progress)
    assert progress.done == progress.total == 1 + size


def test_one_large_file_can_be_stopped_half_way_and_nothing_of_it_stays(tmp_path: Path) -> None:
    size = 8 << 20
    done = []

    class Stopping(Progress):
        def advance(self, n: int = 1) -> None:
            super().advance(n)
            done.append(n)
            if self.done >= size // 2:
                self.cancel()

    with pytest.raises(Cancelled):
        extract(view_of([file("f", bytes(size))]), "/f", tmp_path, progress=Stopping())
    assert size // 2 <= sum(done) < size
    assert names(tmp_path) == []


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Files may have no more than 64 KiB, for as long as this is open: a write fails in the middle of a file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


LARGE = [folder("srv"), file("srv/a", b"first"), file("srv/b", os.urandom(1 << 17))]


def test_a_new_folder_is_not_there_after_an_error(tmp_path: Path, full_disk: None) -> None:
    with pytest.raises(StorageError, match="new"):
        extract(view_of(LARGE), "/srv", tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_folders_that_are_too_deep(tmp_path: Path) -> None:
    deep = [folder("srv" + "/d" * depth, mode=0o555) for depth in range(1100)]
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_DEPTH"):
        extract(view_of(deep), "/srv", tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_what_is_complete_stays_in_a_folder_that_was_there(tmp_path: Path, full_disk: None) -> None:
    (tmp_path / "old").write_text("own")
    with pytest.raises(StorageError, match="the files that were complete stay there"):
        extract(view_of(LARGE), "/srv/.", tmp_path)
    assert names(tmp_path) == ["a", "old"]


def test_one_file_alone_leaves_nothing_to_speak_of(tmp_path: Path, full_disk: None) -> None:
    with pytest.raises(StorageError) as error:
        extract(view_of(LARGE), "/srv/b", tmp_path)
    assert "stay" not in str(error.value)
    assert not list(tmp_path.iterdir())
