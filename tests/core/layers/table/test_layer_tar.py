"""A layer tar as a table, held against `tarfile`, and the bytes of its entries."""

import io
import os
import subprocess
import tarfile

import pytest

import builders
from builders import char, fifo, file, folder, hardlink, layer, opaque, symlink, whiteout
from layertui.core.errors import Damaged, Truncated, UnsafePath
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import OPAQUE, WHITED
from layertui.core.layers.table.layer_tar import TarballContent, read_table

KINDS = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.DIR,
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.CHRTYPE: Kind.CHAR,
    tarfile.BLKTYPE: Kind.BLOCK,
    tarfile.FIFOTYPE: Kind.FIFO,
}

EVERYTHING = [
    folder("etc", mode=0o750, uid=1, gid=2),
    file("etc/motd", b"hello", uname="root", gname="wheel"),
    file("etc/su", b"x", mode=0o4755, uid=3_000_000, mtime=2**33 + 5),
    symlink("sh", "bin/busybox"),
    char("dev/null", 1, 3),
    fifo("pipe"),
    file("n" * 150 + "/" + "m" * 120, b"long"),
    file("latin-\udce9", b"\0\xff"),
    hardlink("link", "etc/motd"),
]


def read(tar):
    return read_table(io.BytesIO(tar))


def by_path(table):
    return {table.path(row): table.entry(row) for row in range(len(table))}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_every_field_is_what_tarfile_reads(form):
    tar = layer(EVERYTHING, form=form)
    entries = by_path(read(tar))
    with tarfile.open(fileobj=io.BytesIO(tar)) as peer:
        members = [member for member in peer if not member.islnk()]
    for member in members:
        entry = entries["/" + member.name]
        assert entry.kind is KINDS[member.type]
        assert (entry.mode, entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) == (
            member.mode,
            member.uid,
            member.gid,
            member.uname,
            member.gname,
            member.mtime,
        )
        assert entry.link == (member.linkname if member.issym() else None)
        assert entry.dev == ((member.devmajor, member.devminor) if member.isdev() and not member.isfifo() else None)
        assert entry.size == member.size
    assert entries["/link"].hardlink_to == "/etc/motd"
    assert read(tar).members == len(EVERYTHING)


def test_fractions_and_attributes_come_out_of_pax_records():
    records = {"mtime": "12.25", "SCHILY.xattr.user.x": "v"}
    entry = read(layer([file("f", b"", pax=records)])).entry(0)
    assert (entry.mtime, entry.mtime_ns, dict(entry.xattrs)) == (12, 250_000_000, {"user.x": b"v"})


def test_markers_are_flags_and_no_members():
    table = read(layer([opaque("d"), whiteout("f"), file("f"), whiteout("g"), file("d/.wh..wh.plnk"), opaque("")]))
    assert {table.path(row): (Kind(table.kind[row]), int(table.flags[row])) for row in range(len(table))} == {
        "/d": (Kind.PLACE, OPAQUE),
        "/f": (Kind.FILE, WHITED),
        "/g": (Kind.WHITEOUT, WHITED),
    }
    assert (table.members, table.root_opaque) == (1, True)


def test_a_name_that_only_holds_the_marker_is_a_name():
    assert list(by_path(read(layer([file("a.wh.b")])))) == ["/a.wh.b"]


@pytest.mark.parametrize("name", [".wh.", "d/.wh.", ".wh..", ".wh..."])
def test_a_whiteout_that_names_nothing_is_damage(name):
    with pytest.raises(Damaged, match="names nothing"):
        read(layer([file(name)]))


def test_a_name_that_leads_outside_is_refused():
    with pytest.raises(UnsafePath):
        read(layer([file("../../etc/passwd")]))


def test_a_wrong_checksum_is_found_and_named():
    tar = bytearray(layer([file("first"), file("second")]))
    tar[512 + 100] ^= 1
    with pytest.raises(Damaged, match="second"):
        read(bytes(tar))


def test_sums_of_signed_bytes_are_taken():
    tar = bytearray(layer([file("caf\udce9")], form=tarfile.GNU_FORMAT))
    rest = bytes(tar[:148]) + b" " * 8 + bytes(tar[156:512])
    tar[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in rest)
    assert list(by_path(read(bytes(tar)))) == ["/caf\udce9"]


@pytest.mark.parametrize("keep", [700, 1000])
def test_a_tar_cut_inside_a_file_is_truncated(keep):
    with pytest.raises(Truncated):
        read(layer([file("f", b"x" * 600)], trailer=False)[:keep])


def test_the_root_is_no_row():
    table = read(layer([folder("./"), file("./a")]))
    assert (list(by_path(table)), table.members) == (["/a"], 1)


def test_content_is_read_at_any_offset():
    tar = layer([file("a", b"0123456789"), hardlink("b", "a"), file("empty")])
    table = read(tar)
    content = TarballContent(table, lambda: io.BytesIO(tar))
    with content.open(table.entry(0)) as found:
        found.seek(4)
        assert found.read(3) == b"456"
        found.seek(-2, io.SEEK_END)
        assert found.read() == b"89"
    with content.open(table.entry(1)) as found:
        assert found.read() == b"0123456789"
    with content.open(table.entry(2)) as found:
        assert found.read() == b""


def test_a_sparse_file_reads_with_its_holes(tmp_path):
    target = tmp_path / "sparse"
    with target.open("wb") as out:
        out.seek(1 << 20)
        out.write(b"middle")
        out.truncate(3 << 20)
    os.link(target, tmp_path / "link")
    for form in ("gnu", "pax"):
        tar = subprocess.run(
            ["tar", "-C", tmp_path, "-S", f"--format={form}", "-cf-", "sparse", "link"], check=True, capture_output=True
        ).stdout
        table = read(tar)
        content = TarballContent(table, lambda tar=tar: io.BytesIO(tar))
        for path in ("/sparse", "/link"):
            with content.open(by_path(table)[path]) as found:
                assert found.read() == target.read_bytes(), path
        assert table.size == 3 << 20


def test_numbers_beyond_octal(tmp_path):
    tar = layer([file("f", uid=2**40, gid=2**21, mtime=-5)], form=tarfile.GNU_FORMAT)
    entry = read(tar).entry(0)
    assert (entry.uid, entry.gid, entry.mtime) == (2**40, 2**21, -5)


@pytest.mark.slow
def test_many_members_cross_batches():
    tar = layer([file(f"d{at % 7}/f{at}", str(at)) for at in range(9000)])
    table = read(tar)
    assert table.members == 9000
    with tarfile.open(fileobj=io.BytesIO(tar)) as peer:
        assert sorted(by_path(table)) == sorted({"/" + m.name for m in peer} | {f"/d{n}" for n in range(7)})
    assert builders.digest_of(tar)
