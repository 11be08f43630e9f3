"""One tar of what a view shows."""

import gzip
import io
import random
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from absent import need
from builders import block, char, fifo, file, folder, hardlink, layer, symlink, whiteout
from laws.folders import Facts, facts_of
from laws.naive import groups, timeline, tree_order
from laws.stacks import as_tar, thrown
from layertui.core.errors import Cancelled, LimitExceeded, NotFound
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.layers.write.flatten import flatten
from layertui.core.progress import Progress
from layertui.core.streams.compress import decompressed
from layertui.core.streams.seekable_blob import ReopeningReader

KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.DIR,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.CHRTYPE: Kind.CHAR,
    tarfile.BLKTYPE: Kind.BLOCK,
    tarfile.FIFOTYPE: Kind.FIFO,
}


def stack_of(*layers: bytes, compressed: bool = False) -> Stack:
    return Stack.from_layers([laid(tar, compressed=compressed) for tar in layers])


def laid(tar: bytes, *, compressed: bool = False) -> StackLayer:
    table = read_table(io.BytesIO(tar))
    if not compressed:
        return StackLayer(table, TarballContent(table, lambda: io.BytesIO(tar)))
    stored = gzip.compress(tar, 1)
    return StackLayer(table, TarballContent(table, lambda: ReopeningReader(lambda: decompressed(io.BytesIO(stored)))))


def flat(stack: Stack, upto: int | None = None, prefix: str = "/") -> bytes:
    out = io.BytesIO()
    flatten(stack.view(upto), out, prefix=prefix)
    return out.getvalue()


def members(tar: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape") as opened:
        found = opened.getmembers()
    assert len({member.name for member in found}) == len(found)
    return {member.name: member for member in found}


def content(tar: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape") as opened:
        reader = opened.extractfile(name)
        assert reader is not None
        return reader.read()


def facts(tar: bytes) -> tuple[Facts, set[frozenset[bytes]]]:
    """What the standard library reads in a tar, in the oracle's words."""
    found: Facts = {}
    linked: dict[bytes, set[bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape") as opened:
        for one in opened:
            path = one.name.encode(errors="surrogateescape")
            if one.islnk():
                first = one.linkname.encode(errors="surrogateescape")
                found[path] = found[first]
                linked.setdefault(first, {first}).add(path)
                continue
            kind = KINDS[one.type]
            reader = opened.extractfile(one) if kind is Kind.FILE else None
            link = one.linkname.encode(errors="surrogateescape") if kind is Kind.SYMLINK else b""
            dev = (one.devmajor, one.devminor) if kind in (Kind.CHAR, Kind.BLOCK) else None
            body = reader.read() if reader else b""
            xattrs = tuple(
                (key.removeprefix("SCHILY.xattr."), value.encode(errors="surrogateescape"))
                for key, value in one.pax_headers.items()
                if key.startswith("SCHILY.xattr.")
            )
            found[path] = (kind, one.mode, one.uid, one.gid, int(one.mtime), body, link, dev, xattrs)
    return found, {frozenset(names) for names in linked.values()}


@pytest.mark.parametrize("seed", range(20))
def test_it_is_what_the_oracle_says(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(10):
        layers = thrown(dice, layers=4)
        stack = stack_of(*map(as_tar, layers), compressed=bool(seed % 2))
        for upto, tree in enumerate(timeline(layers)[1:], 1):
            found, linked = facts(flat(stack, upto))
            assert found == facts_of(tree)
            assert linked == groups(tree)
            assert list(found) == sorted(tree, key=tree_order)


def test_a_link_whose_first_name_is_hidden_carries_the_content() -> None:
    base = layer([file("a", b"once"), hardlink("b", "a"), hardlink("c", "a"), file("d", b"more")])
    tar = flat(stack_of(base, layer([whiteout("a"), file("d", b"other")])))
    found = members(tar)
    assert [found[name].type for name in ("b", "c")] == [tarfile.REGTYPE, tarfile.LNKTYPE]
    assert found["c"].linkname == "b"
    assert content(tar, "b") == content(tar, "c") == b"once"
    assert content(tar, "d") == b"other"


def test_a_link_to_a_lower_layer() -> None:
    tar = flat(stack_of(layer([file("z", b"low", uid=7)]), layer([hardlink("a", "z")])))
    found = members(tar)
    assert (found["a"].type, found["a"].uid, found["z"].type, found["z"].linkname) == (b"0", 7, b"1", "a")
    assert content(tar, "z") == b"low"


def test_a_link_to_nothing_is_an_error() -> None:
    with pytest.raises(NotFound, match="hard link"):
        flat(stack_of(layer([hardlink("a", "nowhere")])))


def test_what_is_special_is_kept() -> None:
    whole = layer(
        [
            folder("dev"),
            char("dev/null", 1, 3),
            block("dev/sda", 8, 300),
            fifo("pipe"),
            file("cap", b"x", xattrs={"security.capability": b"\1\0\0\2" + b"\0" * 16, "user.k": b"\xff"}),
            file("late", mtime=1_700_000_000.25),
            file("big-owner", uid=3_000_000_000, gid=70_000),
            symlink("link", "../" + "far/" * 40),
            file("n\udcff", b"bytes"),
            file("long/" * 60 + "name", b"deep"),
        ]
    )
    found = members(flat(stack_of(whole)))
    assert (found["dev/null"].devmajor, found["dev/null"].devminor) == (1, 3)
    assert (found["dev/sda"].devmajor, found["dev/sda"].devminor) == (8, 300)
    assert found["pipe"].isfifo()
    headers = found["cap"].pax_headers
    assert {key for key in headers if key.startswith("SCHILY")} == {
        "SCHILY.xattr.security.capability",
        "SCHILY.xattr.user.k",
    }
    assert found["late"].mtime == 1_700_000_000.25
    assert found["big-owner"].uid == 3_000_000_000
    assert found["link"].linkname == "../" + "far/" * 40
    assert found["n\udcff"].size == 5
    assert found["long/" * 60 + "name"].size == 4


def test_names_are_those_of_docker_export() -> None:
    tar = flat(stack_of(layer([folder("./"), folder("./etc"), file("./etc/motd")])))
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        assert [member.name for member in opened] == ["etc", "etc/motd"]
    assert tar[:5] == b"etc/\0"


class TestPrefix:
    STACK = stack_of(
        layer([folder("a"), folder("a/b"), file("a/b/x", b"1"), hardlink("a/b/y", "a/b/x"), hardlink("z", "a/b/x")])
    )

    def test_a_folder_begins_with_its_own_name(self) -> None:
        found = members(flat(self.STACK, prefix="/a/b"))
        assert list(found) == ["b", "b/x", "b/y"]
        assert found["b/y"].linkname == "b/x"

    def test_one_file(self) -> None:
        tar = flat(self.STACK, prefix="/z")
        assert list(members(tar)) == ["z"]
        assert content(tar, "z") == b"1"

    def test_missing(self) -> None:
        with pytest.raises(NotFound, match="/nope"):
            flat(self.STACK, prefix="/nope")


def test_a_sparse_file_is_expanded(tmp_path: Path) -> None:
    need("tar")
    with (tmp_path / "holes").open("wb") as file_:
        file_.truncate(1 << 20)
        file_.seek(300_000)
        file_.write(b"here")
    subprocess.run(["tar", "--sparse", "-cf", "s.tar", "holes"], cwd=tmp_path, check=True)
    sparse = (tmp_path / "s.tar").read_bytes()
    assert len(sparse) < 100_000
    assert content(flat(stack_of(sparse)), "holes") == (tmp_path / "holes").read_bytes()


def test_a_compressed_layer_in_another_order() -> None:
    names = [f"f{number:03}" for number in range(200)]
    dice = random.Random(3)
    dice.shuffle(names)
    tar = flat(stack_of(layer([file(name, name.encode() * 100) for name in names]), compressed=True))
    assert all(content(tar, name) == name.encode() * 100 for name in names[:20])


def test_it_can_be_stopped() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        flatten(stack_of(layer([file("a")])).view(), io.BytesIO(), progress)


def test_progress_knows_the_total_and_reaches_it() -> None:
    told = []
    progress = Progress(report=lambda now: told.append((now.done, now.total)))
    tar = layer([folder("d"), file("d/a", b"x" * 70_000), hardlink("d/b", "d/a"), symlink("l", "d")])
    flatten(stack_of(tar).view(), io.BytesIO(), progress)
    assert told[0] == (0, 4 * 512 + 70_000)
    assert progress.done == progress.total


def test_a_sparse_file_that_claims_too_much_is_reported_with_the_limit(lower: Callable[..., None]) -> None:
    view = stack_of(layer([file("f", b"x" * 2000)])).view()
    lower(unpacked=1999)
    with pytest.raises(LimitExceeded, match="2,000 bytes; the limit is 1,999, LAYERTUI_MAX_UNPACKED"):
        flatten(view, io.BytesIO())
