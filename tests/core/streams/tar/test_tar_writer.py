"""The writer: ustar where it fits, PAX where not, and other tars read it."""

import io
import subprocess
import tarfile

import pytest

from absent import need
from layertui.core.errors import Cancelled, Truncated
from layertui.core.progress import Progress
from layertui.core.streams.tar.header_block import checksum_ok
from layertui.core.streams.tar.tar_contents import Header, TarWriter, content_of, walk


def written(*members):
    out = io.BytesIO()
    writer = TarWriter(out)
    for header, content in members:
        writer.add(header, content)
    writer.close()
    return out.getvalue()


def read_back(tar):
    raw = io.BytesIO(tar)
    return [(Header.of(member), content_of(raw, member).read()) for member in walk(raw)]


def by_tarfile(tar):
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
        (member,) = archive.getmembers()
        return member


def test_a_simple_file_takes_two_blocks_and_the_trailer_two_more():
    tar = written((Header(b"f", size=3), b"abc"))
    assert len(tar) == 4 * 512
    assert tar[257:265] == b"ustar\x0000"
    assert tar[512:515] == b"abc"
    assert tar[515:1024] == bytes(509)
    assert tar[1024:] == bytes(1024)
    assert checksum_ok(tar[:512])


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 65536, 65537, 3_000_000])
@pytest.mark.parametrize("wrap", [bytes, io.BytesIO])
def test_contents_of_all_sizes(size, wrap):
    content = bytes(n % 251 for n in range(size))
    tar = written((Header(b"f", size=size), wrap(content)), (Header(b"after"), None))
    assert len(tar) % 512 == 0
    assert [(header.name, body) for header, body in read_back(tar)] == [(b"f", content), (b"after", b"")]


class InPieces(io.BytesIO):
    """A stream that gives a few bytes a read, as those of other machines do."""

    def read(self, size=-1):
        return super().read(min(size, 100) if size >= 0 else size)


@pytest.mark.parametrize("size", [101, 4096, 1 << 20])
def test_a_content_that_comes_in_pieces(size):
    content = b"x" * size
    assert read_back(written((Header(b"f", size=size), InPieces(content))))[0][1] == content


def test_the_same_headers_give_the_same_bytes():
    members = [(Header(b"n" * 300, size=1, xattrs={"b": b"1", "a": b"2"}, mtime_ns=5), b"x")]
    assert written(*members) == written(*members)
    other = [(Header(b"n" * 300, size=1, xattrs={"a": b"2", "b": b"1"}, mtime_ns=5), b"x")]
    assert written(*members) == written(*other)


@pytest.mark.parametrize(
    "name",
    [
        b"a" * 100,
        b"d" * 155 + b"/" + b"f" * 100,
        b"d" * 50 + b"/" + b"e" * 50 + b"/" + b"f" * 50,
        b"d/" * 127 + b"f",
        b"e" * 99 + b"/" + b"f" * 99 + b"/",
    ],
)
def test_names_that_fit_need_no_records(name):
    header = Header(name, b"5" if name.endswith(b"/") else b"0")
    tar = written((header, None))
    assert len(tar) == 3 * 512
    assert read_back(tar)[0][0] == header
    assert by_tarfile(tar).name.encode() == name.rstrip(b"/")


@pytest.mark.parametrize(
    "name", [b"a" * 101, b"d" * 156 + b"/f", b"d/" + b"f" * 101, b"d/" * 128 + b"f", "é".encode(), b"\xff"]
)
def test_names_that_do_not_fit_have_a_record(name):
    tar = written((Header(name), None))
    assert tar[156:157] == b"x"
    assert read_back(tar)[0][0].name == name
    assert by_tarfile(tar).name.encode("utf-8", "surrogateescape") == name


def test_a_folder_gets_its_slash():
    assert read_back(written((Header(b"d", b"5"), None)))[0][0].name == b"d/"
    assert read_back(written((Header(b"d/", b"5"), None)))[0][0].name == b"d/"


@pytest.mark.parametrize(
    "fields",
    [
        {"mtime": -1},
        {"mtime": 1, "mtime_ns": 500_000_000},
        {"mtime": -2, "mtime_ns": 1},
        {"mtime": 1 << 33},
        {"uid": 1 << 21, "gid": (1 << 32) - 2},
        {"uname": "é", "gname": "g" * 33},
        {"uname": "\udcff"},
        {"xattrs": {"user.a": b"\0\xff\n=", "security.capability": b"\1"}},
        {"xattrs": {"user.a=b": b"v"}},
        {"mode": 0o7777},
    ],
)
def test_what_does_not_fit_survives(fields):
    header = Header(b"f", **fields)
    tar = written((header, None))
    assert read_back(tar)[0][0] == header
    member = by_tarfile(tar)
    assert (member.uid, member.gid, member.uname, member.gname) == (header.uid, header.gid, header.uname, header.gname)
    assert member.mtime == pytest.approx(header.mtime + header.mtime_ns / 1e9)


@pytest.mark.parametrize("type_", [b"1", b"2"])
@pytest.mark.parametrize("link", [b"a", b"l" * 100, b"l" * 101, b"\xff", "é".encode(), b"x" * 4000])
def test_links_of_all_lengths(type_, link):
    tar = written((Header(b"f", type_, link=link), None))
    assert read_back(tar)[0][0].link == link
    assert by_tarfile(tar).linkname.encode("utf-8", "surrogateescape") == link


@pytest.mark.parametrize("number", [0, 255, (1 << 21) - 1, 1 << 21, (1 << 32) - 1])
def test_devices_of_all_numbers(number):
    tar = written((Header(b"f", b"3", devmajor=number, devminor=1), None))
    assert (read_back(tar)[0][0].devmajor, by_tarfile(tar).devmajor) == (number, number)


def test_a_size_beyond_eight_gibibytes_stands_in_a_record():
    class Nothing:
        def write(self, content):
            if content[156:157] == b"x":
                heads.append(content)

    heads = []
    with pytest.raises(Truncated, match="has 0 bytes where its header says 8,589,934,592"):
        TarWriter(Nothing()).add(Header(b"f", size=1 << 33), io.BytesIO())
    assert b"19 size=8589934592\n" in heads[0]


def test_what_has_no_body_has_no_size():
    tar = written((Header(b"h", b"1", link=b"f", size=1000), None), (Header(b"after"), None))
    assert [header.size for header, _ in read_back(tar)] == [0, 0]


@pytest.mark.parametrize("size", [5, 100_000])
@pytest.mark.parametrize("content", [None, b"abc", io.BytesIO(b"abc")])
def test_a_content_that_is_too_short_is_no_member(size, content):
    with pytest.raises(Truncated, match=rf"'f': has \d bytes where its header says {size:,}"):
        written((Header(b"f", size=size), content))


def test_a_content_that_is_longer_is_cut_at_its_size():
    assert read_back(written((Header(b"f", size=2), io.BytesIO(b"abc"))))[0][1] == b"ab"


def test_gnu_tar_reads_it(tmp_path):
    need("tar")
    names = [b"plain", b"n" * 250, "é".encode(), b"\xff", b"d/" + b"e" * 120]
    (tmp_path / "t.tar").write_bytes(written(*[(Header(name, size=1), b"x") for name in names]))
    listed = subprocess.run(
        ["tar", "--quoting-style=literal", "-tf", "t.tar"], cwd=tmp_path, check=True, capture_output=True, timeout=30
    )
    assert listed.stdout.splitlines() == names
    # GNU tar does not know the one record for bytes without charset, and says so; it lists them all the same.
    assert all(b"hdrcharset" in line for line in listed.stderr.splitlines())


def test_one_large_file_can_be_stopped_half_way():
    size = 8 << 20
    progress = Progress()

    class Content(io.BytesIO):
        def read(self, count=-1):
            if self.tell() >= size // 2:
                progress.cancel()
            return super().read(count)

    out = io.BytesIO()
    with pytest.raises(Cancelled):
        TarWriter(out, progress).add(Header(b"f", size=size), Content(bytes(size)))
    assert size // 2 <= len(out.getvalue()) < size
    assert progress.done < size


@pytest.mark.parametrize("size", [0, 3, 3 << 20])
def test_a_block_and_the_content_of_each_member_are_counted(size):
    progress = Progress()
    TarWriter(io.BytesIO(), progress).add(Header(b"f", size=size), io.BytesIO(bytes(size)))
    assert progress.done == 512 + size
