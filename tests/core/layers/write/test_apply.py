"""A layer unpacked to a folder: the result, and that a hostile one changes nothing outside."""

import io
import os
import random
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from absent import need
from builders import block, char, fifo, file, folder, hardlink, layer, opaque, symlink, whiteout
from layertui.core.errors import (
    Cancelled,
    Damaged,
    LayertuiError,
    LimitExceeded,
    StorageError,
    Truncated,
    UnsafePath,
)
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd import remove_at
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.apply import apply_layer
from layertui.core.layers.write.metadata_writer import ApplyResult
from layertui.core.progress import Progress
from open_files import open_files

AS_ROOT = os.geteuid() == 0
SECRET = "outside, and none of a layer's business"


class Pipe(io.BytesIO):
    """What can be read once, from its beginning to its end."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation


@pytest.fixture
def jail(tmp_path: Path) -> Iterator[Path]:
    """Give a target with things around it that nothing may touch."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o711)
    (outside / "secret").write_text(SECRET)
    (outside / "folder").mkdir()
    (tmp_path / "target").mkdir()
    yield tmp_path / "target"
    with Beneath(tmp_path, symlinks=False) as inside:
        remove_at(inside.fd, "target")  # deeper, at times, than others can remove


def around(target: Path) -> list[tuple[object, ...]]:
    """Everything beside the target: names, modes, owners, times, contents, number of names."""
    seen = []
    for where, folders, files in os.walk(target.parent):
        if Path(where) == target.parent:
            folders.remove(target.name)
        for path in (Path(where, name) for name in folders + files):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            facts = (status.st_mode, status.st_uid, status.st_nlink, status.st_mtime_ns, content, xattrs(path))
            seen.append((str(path), *facts))
    return sorted(seen)


def xattrs(path: Path) -> list[str]:
    return sorted(os.listxattr(path, follow_symlinks=False)) if hasattr(os, "listxattr") else []


def put(target: Path, *items: object, **how: object) -> ApplyResult:
    return apply_layer(io.BytesIO(layer(items)), target, **how)


def names(top: Path) -> list[str]:
    return sorted(str(path.relative_to(top)) for path in top.rglob("*"))


MODES = ["native", "merge"]


class TestWhatIsLeft:
    def test_kinds_modes_times(self, jail: Path) -> None:
        put(
            jail,
            folder("d", mode=0o1777, mtime=5),
            file("d/f", b"content", mode=0o4755, mtime=1.5),
            symlink("d/l", "../nowhere", mtime=7),
            fifo("d/p", mode=0o622, mtime=8),
            hardlink("d/again", "d/f"),
            folder("d/shut", mode=0, mtime=9),
            file("d/shut/inside", b"x"),
        )
        assert stat.S_IMODE((jail / "d").stat().st_mode) == 0o1777
        assert (jail / "d").stat().st_mtime == 5
        assert (jail / "d/f").read_bytes() == b"content"
        assert stat.S_IMODE((jail / "d/f").stat().st_mode) == 0o4755
        assert (jail / "d/f").stat().st_mtime == 1.5
        assert (jail / "d/again").stat().st_ino == (jail / "d/f").stat().st_ino
        assert os.readlink(jail / "d/l") == "../nowhere"
        assert (jail / "d/l").lstat().st_mtime == 7
        assert stat.S_ISFIFO((jail / "d/p").stat().st_mode)
        assert stat.S_IMODE((jail / "d/p").stat().st_mode) == 0o622
        assert stat.S_IMODE((jail / "d/shut").stat().st_mode) == 0
        assert (jail / "d/shut").stat().st_mtime == 9
        (jail / "d/shut").chmod(0o700)
        assert (jail / "d/shut/inside").read_bytes() == b"x"

    def test_markers_become_overlays_own(self, jail: Path) -> None:
        put(jail, folder("d"), whiteout("d/gone"), folder("e"), opaque("e"), file("e/x"), folder("f"), whiteout("f"))
        status = (jail / "d/gone").lstat()
        assert stat.S_ISCHR(status.st_mode)
        assert status.st_rdev == 0
        assert os.getxattr(jail / "e", "user.overlay.opaque") == b"y"
        assert os.getxattr(jail / "f", "user.overlay.opaque") == b"y"
        assert xattrs(jail / "d") == []
        assert names(jail) == ["d", "d/gone", "e", "e/x", "f"]

    def test_overlays_own_xattrs_in_a_layer_are_not_taken(self, jail: Path) -> None:
        forged = {
            "user.overlay.opaque": b"y",
            "trusted.overlay.redirect": b"/etc",
            "user.overlay.metacopy": b"",
            "user.k": b"v",
        }
        put(jail, folder("d", xattrs=forged), file("f", xattrs=forged))
        assert xattrs(jail / "d") == xattrs(jail / "f") == ["user.k"]

    def test_an_implied_folder_is_what_it_is_below(self, jail: Path) -> None:
        tar = layer([folder("a", mode=0o710, mtime=77), folder("b")])
        view = Stack.from_layers([StackLayer(read_table(io.BytesIO(tar)))]).view()
        put(jail, file("a/x"), whiteout("b/nothing"), whiteout("c/nothing"), file("n/x"), below=view)
        assert stat.S_IMODE((jail / "a").stat().st_mode) == 0o710
        assert (jail / "a").stat().st_mtime == 77
        assert names(jail) == ["a", "a/x", "n", "n/x"]
        assert stat.S_IMODE((jail / "n").stat().st_mode) == 0o755

    def test_a_link_to_a_lower_layer_brings_the_file_up(self, jail: Path) -> None:
        tar = layer([folder("a", mode=0o700), file("a/f", b"below", mode=0o604)])
        table = read_table(io.BytesIO(tar))
        view = Stack.from_layers([StackLayer(table, TarballContent(table, lambda: io.BytesIO(tar)))]).view()
        put(jail, hardlink("l", "a/f"), below=view)
        assert (jail / "l").read_bytes() == b"below"
        assert (jail / "l").stat().st_ino == (jail / "a/f").stat().st_ino
        assert stat.S_IMODE((jail / "l").stat().st_mode) == 0o604
        assert stat.S_IMODE((jail / "a").stat().st_mode) == 0o700

    @pytest.mark.parametrize("source", [io.BytesIO, Pipe], ids=["a file", "a pipe"])
    def test_sparse_content_stays_sparse(self, source: type[io.BytesIO], jail: Path, tmp_path: Path) -> None:
        need("tar")
        with (tmp_path / "outside/holes").open("wb") as made:
            made.truncate(64 << 20)
            made.seek(30 << 20)
            made.write(b"here")
        subprocess.run(["tar", "--sparse", "-cf", "../s.tar", "holes"], cwd=tmp_path / "outside", check=True)
        apply_layer(source((tmp_path / "s.tar").read_bytes()), jail)
        assert (jail / "holes").stat().st_size == 64 << 20
        assert (jail / "holes").stat().st_blocks < 2048
        assert (jail / "holes").read_bytes()[30 << 20 : (30 << 20) + 4] == b"here"

    def test_a_big_file_from_a_window(self, jail: Path, tmp_path: Path) -> None:
        from layertui.core.fs.file_window import Window

        body = random.Random(1).randbytes(3_000_000)
        (tmp_path / "t.tar").write_bytes(b"before" + layer([file("big", body), file("small", b"s")]))
        apply_layer(Window(tmp_path / "t.tar", 6), jail)
        assert (jail / "big").read_bytes() == body
        assert (jail / "small").read_bytes() == b"s"

    def test_a_stream_that_cannot_seek(self, jail: Path) -> None:
        apply_layer(Pipe(layer([file("a", b"1" * 5000), file("b", b"2")])), jail)
        assert (jail / "a").read_bytes() == b"1" * 5000
        assert (jail / "b").read_bytes() == b"2"


class TestWhatCannotBeGiven:
    def test_owners_that_cannot_be_set_are_reported(self, jail: Path) -> None:
        applied = put(jail, folder("d", uid=1000, gid=1000), file("d/f", uid=0), file("d/g", gid=7), owners="mine")
        assert applied.owners == {"/d": (1000, 1000), "/d/g": (0, 7)}
        assert (jail / "d/f").stat().st_uid == os.geteuid()

    def test_an_owner_that_no_system_has(self, jail: Path) -> None:
        applied = put(jail, file("f", uid=1 << 40, gid=3))
        assert applied.owners == {"/f": (1 << 40, 3)}

    def test_a_device_that_overlay_would_misread(self, jail: Path) -> None:
        applied = put(jail, folder("dev"), char("dev/zero", 0, 0, mode=0o666), hardlink("dev/again", "dev/zero"))
        assert names(jail) == ["dev"]
        assert applied.devices["/dev/zero"].kind is Kind.CHAR
        assert set(applied.devices) == {"/dev/zero", "/dev/again"}

    @pytest.mark.skipif(AS_ROOT, reason="root may make devices")
    def test_a_plain_user_makes_no_devices(self, jail: Path) -> None:
        applied = put(jail, char("null", 1, 3, mode=0o666), block("sda", 8, 0))
        assert names(jail) == []
        assert applied.devices["/null"].dev == (1, 3)
        assert applied.devices["/sda"].kind is Kind.BLOCK

    @pytest.mark.skipif(not AS_ROOT, reason="to make devices needs root")
    def test_root_makes_devices(self, jail: Path) -> None:
        applied = put(jail, char("null", 1, 3, mode=0o666), block("sda", 8, 300, uid=5))
        assert not applied.devices
        assert (jail / "null").lstat().st_rdev == os.makedev(1, 3)
        assert (jail / "sda").lstat().st_rdev == os.makedev(8, 300)
        assert (jail / "sda").lstat().st_uid == 5

    @pytest.mark.skipif(not AS_ROOT, reason="to give capabilities needs root")
    def test_capabilities_survive_the_owner(self, jail: Path) -> None:
        cap = bytes.fromhex("0100000200200000000000000000000000000000")
        put(jail, file("ping", b"x", mode=0o4755, uid=5, xattrs={"security.capability": cap}))
        assert os.getxattr(jail / "ping", "security.capability") == cap
        assert stat.S_IMODE((jail / "ping").stat().st_mode) == 0o4755


def attack(name: str, *items: object) -> object:
    return pytest.param(items, id=name)


def raw(path: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> object:
    """Make a member with its name exactly as written."""
    from builders import Item

    header = tarfile.TarInfo(path)
    header.type, header.linkname = kind, link
    return Item(header)


def put_or_refuse(target: Path, items: object, how: str) -> None:
    """Lay it, or hear in one line why not."""
    said = ""
    try:
        put(target, *items, whiteouts=how)
    except LayertuiError as error:
        said = str(error)
    assert "\n" not in said


OUTSIDE = "OUTSIDE"  # becomes the folder's absolute path
ATTACKS = [
    attack("dot dot", raw("../outside/new")),
    attack("dot dot further in", folder("a"), raw("a/../../outside/new")),
    attack("absolute", raw(f"{OUTSIDE}/new")),
    attack("symlink then through it (CVE-2014-6407)", symlink("l", "../outside"), file("l/new")),
    attack(
        "absolute symlink then through it (CVE-2014-9356)", symlink("l", OUTSIDE), file("l/new"), folder("l/folder")
    ),
    attack("symlink to a symlink", symlink("a", "."), symlink("a/l", "../outside"), file("l/secret", b"!")),
    attack("folder, then a symlink in its place", folder("d"), symlink("d", OUTSIDE), file("d/secret", b"!")),
    attack("symlink, file over it", symlink("l", f"{OUTSIDE}/secret"), file("l", b"!", mode=0o777)),
    attack("symlink, folder over it", symlink("l", f"{OUTSIDE}/folder"), folder("l", mode=0o777, uid=7)),
    attack("symlink, pipe over it", symlink("l", f"{OUTSIDE}/secret"), fifo("l")),
    attack("symlink, device over it", symlink("l", f"{OUTSIDE}/secret"), char("l", 1, 3)),
    attack("hard link outside (CVE-2014-6408)", raw("h", tarfile.LNKTYPE, "../outside/secret"), file("h", b"!")),
    attack("absolute hard link", raw("h", tarfile.LNKTYPE, f"{OUTSIDE}/secret"), file("h", b"!")),
    attack("hard link through a symlink", symlink("l", OUTSIDE), hardlink("h", "l/secret"), file("h", b"!")),
    attack(
        "hard link to a symlink", symlink("l", f"{OUTSIDE}/secret"), hardlink("h", "l"), file("h", b"!", mode=0o777)
    ),
    attack("hard link to a symlink, then into it", symlink("l", OUTSIDE), hardlink("h", "l"), file("h/new")),
    attack("hard link to the root", raw("h", tarfile.LNKTYPE, "."), raw("g", tarfile.LNKTYPE, "")),
    attack("hard link to a folder", folder("d"), hardlink("h", "d")),
    attack("hard link to itself", hardlink("h", "h")),
    attack("hard link to what lies inside", folder("d"), file("d/f"), hardlink("d", "d/f")),
    attack("hard link to what holds it", file("f"), hardlink("f/x", "f")),
    attack("the root as a symlink (CVE-2021-29136)", raw(".", tarfile.SYMTYPE, OUTSIDE), file("new")),
    attack("the root as a file", raw("./"), raw("/"), raw(".")),
    attack("whiteout of dot dot", raw(".wh..."), raw("a/.wh...")),
    attack("whiteout of dot", raw("a/.wh..")),
    attack("whiteout of nothing", raw(".wh.")),
    attack("whiteout with a way out", raw("../outside/.wh.secret")),
    attack("absolute whiteout", raw(f"{OUTSIDE}/.wh.secret")),
    attack("whiteout through a symlink", symlink("l", OUTSIDE), raw("l/.wh.secret")),
    attack("opaque through a symlink", symlink("l", OUTSIDE), raw("l/.wh..wh..opq")),
    attack("opaque outside", raw("../outside/.wh..wh..opq")),
    attack("aufs leftovers", raw(".wh..wh.plnk/secret"), raw(".wh..wh.aufs"), raw(".wh..wh.orph/../../outside/x")),
    attack("xattrs through a symlink", symlink("l", f"{OUTSIDE}/secret", xattrs={"user.k": b"v"})),
    attack("mode and owner through a symlink", symlink("l", f"{OUTSIDE}/secret", uid=7, gid=7, mtime=3)),
    attack("many slashes", raw("//a///b//"), raw("/./a/./c")),
    attack("a long name", raw("x" * 300)),
    attack("a deep path", raw("d/" * 2100 + "f")),
    attack("a long link", symlink("l", "y" * 5000)),
    attack("a device of numbers no system has", char("c", 1 << 20, 1 << 20)),
]


@pytest.mark.parametrize("how", MODES)
@pytest.mark.parametrize("items", ATTACKS)
def test_nothing_outside_is_touched(jail: Path, items: tuple[object, ...], how: str) -> None:
    outside = str(jail.parent / "outside")
    for item in items:
        item.header.name = item.header.name.replace(OUTSIDE, outside)
        item.header.linkname = item.header.linkname.replace(OUTSIDE, outside)
    before = around(jail)
    put_or_refuse(jail, items, how)
    assert around(jail) == before
    for item in items:  # for the other parameter
        item.header.name = item.header.name.replace(outside, OUTSIDE)
        item.header.linkname = item.header.linkname.replace(outside, OUTSIDE)


PARTS = ["a", "b", "..", ".", "", "l", ".wh.a", ".wh..wh..opq", ".wh...", "secret", "outside"]
LINKS = ["..", "../outside", "/", "../..", "a", "l/secret", "../outside/secret", "b/../..", "OUT", "OUT/secret", "l"]
TYPES = (
    [tarfile.REGTYPE] * 3
    + [tarfile.DIRTYPE] * 2
    + [tarfile.SYMTYPE] * 3
    + [tarfile.LNKTYPE] * 2
    + [tarfile.FIFOTYPE, tarfile.CHRTYPE]
)


@pytest.mark.parametrize("how", MODES)
@pytest.mark.parametrize("seed", range(20))
def test_random_hostile_layers(jail: Path, seed: int, how: str) -> None:
    dice = random.Random(seed)
    outside = str(jail.parent / "outside")
    before = around(jail)
    for _ in range(25):
        items = [
            raw(
                "/".join(dice.choices(PARTS, k=dice.randint(1, 4))) or "x",
                dice.choice(TYPES),
                dice.choice(LINKS).replace("OUT", outside),
            )
            for _ in range(dice.randint(1, 10))
        ]
        put_or_refuse(jail, items, how)
        assert around(jail) == before


class TestBadInput:
    def test_leading_outside_is_said(self, jail: Path) -> None:
        with pytest.raises(UnsafePath, match="outside"):
            put(jail, raw("../x"))

    def test_cut_off(self, jail: Path) -> None:
        tar = layer([file("f", b"x" * 10_000)])
        with pytest.raises(Truncated):
            apply_layer(io.BytesIO(tar[:6000]), jail)

    def test_a_huge_size_that_is_not_there(self, jail: Path) -> None:
        tar = bytearray(layer([file("f", b"x" * 100)]))
        tar[124:136] = b"\x80" + (1 << 39).to_bytes(11, "big")
        tar[148:156] = b" " * 8
        tar[148:156] = b"%06o\0 " % sum(tar[:512])
        with pytest.raises(Truncated):
            apply_layer(io.BytesIO(bytes(tar)), jail)

    def test_a_header_with_a_wrong_sum(self, jail: Path) -> None:
        tar = bytearray(layer([file("f", b"x")]))
        tar[0:1] = b"g"
        with pytest.raises(Damaged, match="checksum"):
            apply_layer(io.BytesIO(bytes(tar)), jail)

    @pytest.mark.parametrize("name", ["x" * 256, "a/" + "x" * 256 + "/f"])
    def test_a_name_too_long_is_reported_with_the_limit(self, jail: Path, name: str) -> None:
        put(jail, raw(name.replace("x" * 256, "x" * 255)))
        with pytest.raises(LimitExceeded, match="longer than 255 bytes"):
            put(jail, raw(name))

    def test_stopped(self, jail: Path) -> None:
        progress = Progress()
        progress.cancel()
        with pytest.raises(Cancelled):
            apply_layer(io.BytesIO(layer([file("f", b"x")])), jail, progress=progress)

    def test_a_target_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(StorageError):
            put(tmp_path / "nowhere", file("f"))

    @pytest.mark.slow
    def test_descriptors_are_given_back(self, jail: Path) -> None:
        before = open_files()
        for items in ([file("a/b/c/d")], [raw("../x")], [file("a"), hardlink("b", "nowhere")], [raw("d/" * 500 + "f")]):
            with suppress(LayertuiError):
                put(jail, *items)
        assert open_files() == before
