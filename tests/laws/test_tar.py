"""Our tar is tarfile's: what one writes the other reads, field by field, and names need not be UTF-8."""

import io
import tarfile

from hypothesis import example, given
from hypothesis import strategies as st

from layertui.core.errors import LayertuiError, Truncated
from layertui.core.layers.cache.layer_sizes import content_total
from layertui.core.streams.tar.tar_contents import Header, TarWriter, content_of, content_sizes, contents, walk
from rawtar import block, extended, gnu_sparse, long, member

TYPES = {b"0": tarfile.REGTYPE, b"1": tarfile.LNKTYPE, b"2": tarfile.SYMTYPE, b"5": tarfile.DIRTYPE}
DEVICES = {b"3": tarfile.CHRTYPE, b"4": tarfile.BLKTYPE, b"6": tarfile.FIFOTYPE}
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)

BYTES = st.one_of(st.sampled_from([b"a", b"b-c", "é".encode(), b"\xff", b"\xc3", b" ", b"~\n"]), st.just(b"long" * 30))
COMPONENT = st.lists(BYTES, min_size=1, max_size=3).map(b"".join)
PATH = st.lists(COMPONENT, min_size=1, max_size=6).map(b"/".join)
OWNER = st.sampled_from(["", "root", "é" * 20, "x" * 33, "\udcff"])
ID = st.sampled_from([0, 1000, (1 << 21) - 1, 1 << 21, (1 << 32) - 2])
TIME = st.one_of(st.sampled_from([0, -1, -(10**9), (1 << 33) - 1, 1 << 33]), st.integers(-(1 << 40), 1 << 40))
XATTRS = st.dictionaries(st.sampled_from(["user.a", "user.é", "trusted.x=y", "user.\udcff"]), st.binary(max_size=20))


@st.composite
def members(draw):
    kind = draw(st.sampled_from([*TYPES, b"0", *DEVICES]))
    content = (
        draw(st.one_of(st.binary(max_size=20), st.sampled_from([511, 512, 513]).map(bytes))) if kind == b"0" else b""
    )
    device = kind in (b"3", b"4")
    header = Header(
        draw(PATH) + (b"/" if kind == b"5" else b""),
        kind,
        draw(st.integers(0, 0o7777)),
        draw(ID),
        draw(ID),
        draw(OWNER),
        draw(OWNER),
        len(content),
        draw(TIME),
        draw(st.sampled_from([0, 0, 1, 500_000_000, 999_999_999])),
        draw(PATH) if kind in (b"1", b"2") else b"",
        draw(st.sampled_from([0, 8, 1 << 21])) if device else 0,
        draw(st.integers(0, 255)) if device else 0,
        draw(XATTRS),
    )
    return header, content


TARS = st.lists(members(), max_size=5)
CUTS = st.integers(0, 1 << 16)  # where a tar is cut, if need be in a second round

# Forms that no writer of today has, each of a few sizes and of names that meet.
SIZES = st.sampled_from([0, 1, 512, 700])
NAMES = st.sampled_from([b"a", b"./a", b"/a", b"a//", b"b/../a", b"../a", b".", b"b", b"a\0x", b"n" * 100])
ODD = st.one_of(
    st.builds(lambda name, size: member(name, bytes(size)), NAMES, SIZES),
    st.builds(lambda name, size: member(name, bytes(size), prefix=b"p", magic=b"ustar  \0"), NAMES, SIZES),
    st.builds(lambda name, size: member(name, bytes(size), prefix=b"p" * 155), NAMES, SIZES),
    st.builds(lambda name, size: member(name, bytes(size), kind=b"\0", magic=b""), NAMES, SIZES),
    st.builds(lambda name, size: member(name, bytes(size), size=b"\x80" + size.to_bytes(11, "big")), NAMES, SIZES),
    st.builds(lambda name, size: member(name, bytes(size), size=b"%12o" % size), NAMES, SIZES),
    st.builds(lambda name, kind: block(name, kind, 999), NAMES, st.sampled_from([b"1", b"2", b"5"])),
    st.builds(lambda name, size: member(name, bytes(size), kind=b"7"), NAMES, SIZES),
    st.builds(lambda name, size: member(name, bytes(size), kind=b"V"), NAMES, SIZES),
    st.builds(lambda name: gnu_sparse(name, [(0, 1), (9000, 1)], 10_000, b"xy"), NAMES),
    st.builds(lambda name: extended((b"path", name)), NAMES),
    st.builds(lambda size: extended((b"size", b"%d" % size)), SIZES),
    st.just(extended((b"size", b"512"), (b"path", b"g"), kind=b"g")),
    st.builds(long, NAMES),
    st.sampled_from([bytes(512), b"?" * 512, block(size=b"no number"), extended(kind=b"x") + b"rubbish"]),
)


def text(name):
    return name.decode("utf-8", "surrogateescape")


def written(tar):
    out = io.BytesIO()
    writer = TarWriter(out)
    for header, content in tar:
        writer.add(header, io.BytesIO(content))
    writer.close()
    return out.getvalue()


def written_by_tarfile(tar, format_):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format_, encoding="utf-8", errors="surrogateescape") as archive:
        for header, content in tar:
            item = tarfile.TarInfo(text(header.name))
            item.type, item.size, item.mode = {**TYPES, **DEVICES}[header.type], header.size, header.mode
            item.uid, item.gid, item.uname, item.gname = header.uid, header.gid, header.uname, header.gname
            item.mtime = header.mtime + (header.mtime_ns / 1e9 if format_ == tarfile.PAX_FORMAT else 0)
            item.linkname, item.devmajor, item.devminor = text(header.link), header.devmajor & 0xFFFFF, header.devminor
            try:
                archive.addfile(item, io.BytesIO(content))
            except ValueError:  # ustar cannot hold it
                continue
    return out.getvalue()


class Pipe(io.RawIOBase):
    def __init__(self, content):
        self.content = io.BytesIO(content)

    def readable(self):
        return True

    def read(self, size=-1):
        return self.content.read(min(size, 700))


def read(tar):
    raw = io.BytesIO(tar)
    found = [(Header.of(member), content_of(raw, member).read()) for member in walk(raw)]
    assert [(Header.of(member), reader.read()) for member, reader in contents(Pipe(tar))] == found
    return found


def same_as_tarfile(tar):
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
        ours = read(tar)
        theirs = archive.getmembers()
        assert len(ours) == len(theirs)
        for (header, content), item in zip(ours, theirs, strict=True):
            assert (text(header.name.rstrip(b"/")), header.type) == (item.name, item.type)
            assert text(header.link) == item.linkname
            assert (header.mode, header.uid, header.gid) == (item.mode, item.uid, item.gid)
            assert (header.uname, header.gname) == (item.uname, item.gname)
            assert (header.devmajor, header.devminor) == (item.devmajor, item.devminor)
            # tarfile keeps times as floats.
            assert abs(header.mtime + header.mtime_ns / 1e9 - item.mtime) <= 1e-3
            if item.isreg():
                stored = archive.extractfile(item)
                assert stored is not None
                assert (header.size, content) == (item.size, stored.read())


@given(TARS, st.sampled_from(FORMATS))
def test_what_tarfile_writes_we_read_as_it_does(tar, format_):
    same_as_tarfile(written_by_tarfile(tar, format_))


@given(TARS)
def test_what_we_write_tarfile_reads_as_we_do(tar):
    same_as_tarfile(written(tar))


@given(TARS)
def test_what_we_write_we_read(tar):
    assert read(written(tar)) == tar


@given(TARS, st.data())
def test_no_cut_looks_like_an_end(tar, data):
    whole = written(tar)[:-1024]
    cut = data.draw(st.integers(0, len(whole)))
    raw = io.BytesIO(whole[:cut])
    try:
        found = list(walk(raw))
        for member in found:
            content_of(raw, member).read()
    except Truncated:
        return
    # Cut between two members, or in the padding of one.
    assert [Header.of(member) for member in found] == [header for header, _ in tar[: len(found)]]


def outcome(of, raw):
    try:
        return of(raw)
    except LayertuiError as error:
        return f"{type(error).__name__}: {error}"


def total_of_members(raw):
    sizes = {}
    for found in walk(raw):
        holds = not b"1" <= found.block[156:157] <= b"6"
        sizes[found.name.removeprefix(b"./").rstrip(b"/")] = content_of(raw, found).seek(0, io.SEEK_END) if holds else 0
    return sum(size for name, size in sizes.items() if name not in (b"", b"."))


@given(st.lists(ODD), TARS, st.sampled_from(FORMATS), CUTS)
@example(odd=[member(b"a//", bytes(1)), member(b"a", b"")], tar=[], format_=tarfile.USTAR_FORMAT, cut=0)
def test_the_sum_of_the_files_is_that_of_the_members(odd, tar, format_, cut):
    whole = b"".join(odd) + written_by_tarfile(tar, format_)
    for content in (whole, whole[: cut % (len(whole) + 1)]):
        assert outcome(content_total, io.BytesIO(content)) == outcome(total_of_members, io.BytesIO(content))


def in_two(until):
    def of(raw):
        sizes, reached = content_sizes(raw, until=lambda _: until)
        if reached is not None:
            assert reached >= until
            raw.seek(reached)
            sizes |= content_sizes(raw)[0]
        return sizes

    return of


def in_one(raw):
    sizes, reached = content_sizes(raw)
    assert reached is None
    return sizes


@given(st.lists(ODD), TARS, st.sampled_from(FORMATS), st.data())
def test_a_walk_that_was_stopped_goes_on_from_there(odd, tar, format_, data):
    whole = b"".join(odd) + written_by_tarfile(tar, format_)
    until = data.draw(st.integers(0, len(whole)))
    assert outcome(in_two(until), io.BytesIO(whole)) == outcome(in_one, io.BytesIO(whole))
