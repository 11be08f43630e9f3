"""The walk: every form, every end, and nothing between them is trusted."""

import io
import random
import tarfile

import pytest

from layertui.core.errors import Cancelled, Damaged, Truncated
from layertui.core.fs.file_window import window_of
from layertui.core.layers.cache.layer_sizes import content_total
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_tar import read_table
from layertui.core.progress import Progress
from layertui.core.streams.tar.tar_contents import Header, TarWriter, content_of, contents, walk
from rawtar import END, block, extended, gnu_sparse, long, member, padded


class Pipe(io.RawIOBase):
    def __init__(self, content):
        self.content = io.BytesIO(content)
        self.random = random.Random(2)
        self.at_end = False

    def readable(self):
        return True

    def read(self, size=-1):
        got = self.content.read(self.random.randint(1, size) if size > 1 else size)
        self.at_end = not got
        return got


@pytest.fixture(params=["bytes", "window", "pipe"])
def opened(request, tmp_path):
    """Open a tar in each of the ways that `walk` treats apart."""

    def open_as(content):
        if request.param == "window":
            (tmp_path / "a.tar").write_bytes(content)
            return window_of(tmp_path / "a.tar")
        return io.BytesIO(content) if request.param == "bytes" else Pipe(content)

    return open_as


def names(raw):
    return [found.name for found in walk(raw)]


SOME = member(b"a", b"x" * 700) + member(b"d/", kind=b"5") + member(b"l", kind=b"2", link=b"a") + member(b"e", b"end")


def test_members_and_where_their_bytes_lie(opened):
    found = [tuple(part) for part in walk(opened(SOME + END))]
    assert [(name, link, size, offset, pax) for name, link, _, size, offset, pax in found] == [
        (b"a", b"", 700, 512, None),
        (b"d/", b"", 0, 2048, None),
        (b"l", b"a", 0, 2560, None),
        (b"e", b"", 3, 3072, None),
    ]
    assert found[0][2] == SOME[:512]


@pytest.mark.parametrize(
    "end",
    [
        b"",
        bytes(512),
        END,
        END + bytes(9000),
        END + b"garbage" * 999,
        bytes(512) + member(b"hidden"),
        bytes(100),
    ],
)
def test_a_tar_may_end_as_it_likes(opened, end):
    assert names(opened(SOME + end)) == [b"a", b"d/", b"l", b"e"]


def test_the_last_padding_may_be_missing(opened):
    assert names(opened(SOME[:-509])) == [b"a", b"d/", b"l", b"e"]
    assert names(opened(SOME[:-400])) == [b"a", b"d/", b"l", b"e"]


@pytest.mark.parametrize("content", [b"", bytes(512), END, bytes(10240)])
def test_an_empty_tar_has_no_members(opened, content):
    assert names(opened(content)) == []


@pytest.mark.parametrize("cut", [513, 600, 1023, 1211])
def test_a_file_cut_off_is_truncated(opened, cut):
    with pytest.raises(Truncated, match="cut off inside a file"):
        names(opened(SOME[:cut]))


@pytest.mark.parametrize("cut", [1, 100, 511, 1537, 2047])
def test_a_header_cut_off_is_truncated(opened, cut):
    with pytest.raises(Truncated, match="cut off inside a header"):
        names(opened(SOME[:cut]))


def test_a_file_that_claims_more_than_there_is(opened):
    for size in (1 << 40, (1 << 62) - 1):
        field = b"\x80" + size.to_bytes(11, "big")
        with pytest.raises(Truncated):
            names(opened(block(b"f", size=field) + b"few"))


@pytest.mark.parametrize("size", [b"\xff" * 12, b"\x80" + b"\xff" * 11, b"rubbish", b"-0000000001\0", b"99999999999\0"])
def test_a_size_that_cannot_be_is_damage(opened, size):
    with pytest.raises(Damaged, match="at byte 0 has an invalid size"):
        names(opened(block(b"f", size=size) + END))


@pytest.mark.parametrize("size", [b"rubbish", b"\xff" * 12, b"00000001000\0"])
def test_a_size_of_what_has_no_body_does_not_matter(opened, size):
    assert names(opened(block(b"d", b"5", size) + member(b"after") + END)) == [b"d", b"after"]


@pytest.mark.parametrize(
    "size",
    [
        b"00000000003\0",
        b"00000000003 ",
        b"000000000003",
        b"          3 ",
        b"3\0",
        b"3 \0",
        b"\x80" + b"\0" * 10 + b"\3",
    ],
)
def test_sizes_in_all_spellings(opened, size):
    ((_, content),) = (
        (found, reader.read()) for found, reader in contents(opened(block(size=size) + padded(b"abc") + END))
    )
    assert content == b"abc"


@pytest.mark.parametrize("size", [b"", b" " * 11, b" " * 12])
def test_a_blank_size_is_none(opened, size):
    assert names(opened(block(size=size) + member(b"after") + END)) == [b"f", b"after"]


def test_rubbish_is_no_header(opened):
    with pytest.raises(Damaged, match="no tar header where one belongs, at byte 3584"):
        names(opened(SOME + b"x" * 512))
    with pytest.raises(Damaged, match="at byte 0"):
        names(opened(random.Random(1).randbytes(5000)))


def test_the_seventh_edition(opened):
    v7 = [
        block(b"old", b"\0", 3, magic=b"") + padded(b"abc"),
        block(b"d/", b"\0", 600, magic=b""),
        block(b"n" * 100, b"\0", magic=b""),
    ]
    found = [(Header.of(part), reader.read()) for part, reader in contents(opened(b"".join(v7) + END))]
    assert [(header.name, header.type, content) for header, content in found] == [
        (b"old", b"0", b"abc"),
        (b"d/", b"5", b""),
        (b"n" * 100, b"0", b""),
    ]


def test_prefixes(opened):
    tars = [
        member(b"n" * 100, prefix=b"p" * 155),
        member(b"n", prefix=b"p/q"),
        member(b"n", prefix=b"p", magic=b"ustar  \0"),  # seen in the wild
        block(b"n", magic=b"ustar  \0", tail=b"14000000000\x0014000000000\0"),  # GNU's times
        block(b"n", tail=b"p".ljust(131, b"\0") + b"14000000000 14000000000 ".ljust(32, b"\0") + b"tar\0"),
        block(b"n", tail=b"p" * 131 + b"14000000000 14000000000 ".ljust(32, b"\0") + b"tar\0"),
    ]
    expected = [b"p" * 155 + b"/" + b"n" * 100, b"p/q/n", b"p/n", b"n", b"p/n", b"p" * 131 + b"/n"]
    assert names(opened(b"".join(tars) + END)) == expected


def test_types_nobody_knows_keep_their_body_to_themselves(opened):
    found = list(
        contents(opened(member(b"odd", b"abc", kind=b"V") + member(b"c", b"de", kind=b"7") + member(b"z") + END))
    )
    assert [part.name for part, _ in found] == [b"odd", b"c", b"z"]
    assert [part.size for part, _ in found] == [3, 2, 0]


def test_it_starts_where_the_stream_stands():
    raw = io.BytesIO(b"?" * 1000 + SOME + END)
    raw.seek(1000)
    found = list(walk(raw))
    assert found[0].offset == 1512
    assert content_of(raw, found[0]).read() == b"x" * 700


def test_a_window_within_a_file(tmp_path):
    (tmp_path / "outer").write_bytes(b"?" * 1000 + SOME + END + b"?" * 1000)
    window = window_of(tmp_path / "outer").window(1000, len(SOME) + 1024)
    found = list(walk(window))
    assert [content_of(window, part).read() for part in found] == [b"x" * 700, b"", b"", b"end"]
    assert content_of(window, found[0]).seekable()


def test_a_pipe_is_read_to_its_end_for_the_verification_below():
    for walker in (walk, contents):
        pipe = Pipe(SOME + END + b"trailing" * 99_999)
        assert len(list(walker(pipe))) == 4
        assert pipe.at_end


def test_the_outer_name_stands_in_the_error(tmp_path):
    (tmp_path / "a.tar").write_bytes(SOME[:600])
    with pytest.raises(Truncated, match=r"/a\.tar: the tar is cut off inside a file"):
        list(walk(window_of(tmp_path / "a.tar")))


def test_contents_come_one_by_one_read_or_not(opened):
    for keep in (1, 2, 3):
        got = []
        for number, (found, reader) in enumerate(contents(opened(SOME + END))):
            if number % keep == 0:
                got.append((found.name, reader.read(5), reader.read()))
        whole = [(b"a", b"x" * 5, b"x" * 695), (b"d/", b"", b""), (b"l", b"", b""), (b"e", b"end", b"")]
        assert got == whole[::keep]


def test_contents_of_sparse_files_are_filled(opened):
    tar = gnu_sparse(b"s", [(100, 3), (300, 2)], 400, b"abcde") + member(b"after", b"x") + END
    got = [(found.name, reader.read()) for found, reader in contents(opened(tar))]
    assert got == [(b"s", bytes(100) + b"abc" + bytes(197) + b"de" + bytes(98)), (b"after", b"x")]


def test_many_members_of_all_sizes(opened):
    dice = random.Random(4)
    out = io.BytesIO()
    writer = TarWriter(out)
    expected = []
    for number in range(2000):
        size = dice.choice(
            [0, 0, 1, 100, 512, 3000, 3000, 40_000 if number % 50 == 0 else 9, 600_000 if number % 500 == 0 else 9]
        )
        content = bytes([number % 256]) * size
        name = b"dir/%d" % number + b"n" * (number % 130)
        writer.add(Header(name, size=size), content)
        expected.append((name, content))
    writer.close()
    assert [(found.name, reader.read()) for found, reader in contents(opened(out.getvalue()))] == expected
    assert [(found.name, found.size) for found in walk(opened(out.getvalue()))] == [(n, len(c)) for n, c in expected]


def test_progress_moves_and_stops_the_walk(opened):
    tar = b"".join(member(b"%d" % number, bytes(600_000)) for number in range(10)) + END
    progress = Progress()
    assert len(list(walk(opened(tar), progress))) == 10
    assert len(tar) - 10_000 <= progress.done <= len(tar)
    progress = Progress()
    walking = walk(opened(tar), progress)
    next(walking)
    progress.cancel()
    with pytest.raises(Cancelled):
        list(walking)


def test_the_sum_of_the_files(opened):
    tar = [
        member(b"./a", b"x" * 10),
        member(b"b", b"x" * 20),
        member(b"a", b"x" * 5),  # the last of a name counts
        member(b"h", kind=b"1", link=b"b", size=999),
        member(b"d/", kind=b"5"),
        member(b"o", b"x" * 40, kind=b"\0"),
        member(b"c", b"x" * 80, kind=b"7"),
        member(b"u", b"x" * 1000, kind=b"V"),  # an unknown type counts as a file, in a table too
        gnu_sparse(b"s", [(0, 1)], 10_000, b"x"),
        extended((b"size", b"3")) + block(b"p") + padded(b"abc"),
        long(b"n" * 120) + member(b"n", b"x" * 160),
    ]
    assert content_total(opened(b"".join(tar) + END)) == 5 + 20 + 40 + 80 + 1000 + 10_000 + 3 + 160


@pytest.mark.parametrize(
    "members",
    [
        [member(b"a", b"x" * 5), member(b"a/", kind=b"5")],  # a folder took its place
        [member(b"a/", kind=b"5"), member(b"./a", b"x" * 5)],
        [member(b"", b"x" * 5), member(b"b", b"x" * 7)],
        [member(b"./", b"x" * 5), member(b".", b"x" * 7), member(b"b", b"x" * 9)],
    ],
)
def test_the_sum_of_the_files_is_that_of_their_table(opened, members):
    content = b"".join(members) + END
    table = read_table(opened(content))
    assert content_total(opened(content)) == int(table.size_of[table.kind == Kind.FILE].sum())


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_of_tarfile(opened, format_):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format_) as archive:
        for name, size in (("a", 3), ("d" * 90 + "/" + "e" * 90, 1000)):
            item = tarfile.TarInfo(name)
            item.size = size
            archive.addfile(item, io.BytesIO(b"z" * size))
    assert [(found.name, found.size) for found in walk(opened(out.getvalue()))] == [
        (b"a", 3),
        (b"d" * 90 + b"/" + b"e" * 90, 1000),
    ]
