"""Archives in a file: listed and opened as tarfile, zipfile and ar have them, within limits, whatever is in them."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.file_facts.open_archive import list_archive, open_archive
from layertui.core.bounds import Bounds, bounds, set_bounds
from layertui.core.errors import Damaged, LayertuiError, LimitExceeded, NotFound
from layertui.core.layers.table.entry import Kind

COMPRESS = {"none": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": partial(lzma.compress, preset=0)}


def archive_of(content, name="x", **options):
    return open_archive(io.BytesIO(content), len(content), name=name, **options)


def tar_of(files, style=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(content), 0o640, 1_600_000_000
            tar.addfile(info, io.BytesIO(content))
        for name, kind, link in (
            ("d", tarfile.DIRTYPE, ""),
            ("l", tarfile.SYMTYPE, "to"),
            ("h", tarfile.LNKTYPE, next(iter(files), "")),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            tar.addfile(info)
    return out.getvalue()


def zip_of(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def ar_of(files):
    pieces = [b"!<arch>\n"]
    for name, content in files.items():
        pieces += [
            b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 7, 0, 0, 0o100644, len(content)),
            content,
            b"\n" * (len(content) % 2),
        ]
    return b"".join(pieces)


@pytest.fixture
def limits():
    before = bounds()
    yield lambda **new: set_bounds(Bounds(**new))
    set_bounds(before)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/\\", exclude_categories=("Cs",)), min_size=1, max_size=30
)
FILES = st.dictionaries(
    NAMES.filter(lambda name: name not in (".", "..")), st.binary(max_size=2000), min_size=1, max_size=6
)


@given(FILES, st.sampled_from(sorted(COMPRESS)), st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
def test_a_tar_is_listed_and_opened_as_tarfile_has_it(files, compression, style):
    content = COMPRESS[compression](tar_of(files, style))
    archive = archive_of(content)
    listed = list_archive(archive)
    assert not listed.damage
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        members = tar.getmembers()
        assert [(one.name.rstrip("/"), one.size, one.mode, one.mtime) for one in listed.entries] == [
            (member.name, member.size, member.mode, member.mtime) for member in members
        ]
    assert [one.kind for one in listed.entries[-3:]] == [Kind.DIR, Kind.SYMLINK, Kind.FILE]
    assert listed.entries[-2].link == "to"
    for entry in reversed(listed.entries):
        if entry.kind is Kind.FILE:
            with archive.open(entry) as stream:
                assert stream.read() == files[entry.link or entry.name]


@given(FILES, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]), st.binary(max_size=50))
def test_a_zip_is_listed_and_opened_as_zipfile_has_it(files, method, before):
    content = (b"" if not before else b"PK\3\4" + before) + zip_of(files, method)
    archive = archive_of(content)
    listed = list_archive(archive)
    assert {entry.name: entry.size for entry in listed.entries} == {name: len(one) for name, one in files.items()}
    for entry in listed.entries:
        with archive.open(entry) as stream:
            stream.seek(0, 2)
            assert stream.tell() == len(files[entry.name])
            stream.seek(0)
            assert stream.read() == files[entry.name]


def test_a_debian_package_is_walked_into():
    data = tar_of({"./usr/share/doc/x": b"hello"})
    content = ar_of({b"debian-binary": b"2.0\n", b"data.tar.xz/": lzma.compress(data)})
    package = archive_of(content)
    assert package.format == "Debian package"
    entries = list_archive(package).entries
    assert [(entry.name, entry.mode, entry.mtime) for entry in entries] == [
        ("debian-binary", 0o644, 7),
        ("data.tar.xz", 0o644, 7),
    ]
    inner = package.open(entries[1])
    files = open_archive(inner, entries[1].size, name="data.tar.xz", depth=2)
    assert files.format == "tar archive, xz"
    assert files.open(next(files.entries())).read() == b"hello"


def test_one_compressed_file_is_an_archive_of_one_entry():
    archive = archive_of(gzip.compress(b"text\n"), "/usr/share/doc/NEWS.gz")
    (entry,) = list_archive(archive).entries
    assert (archive.format, entry.name, entry.size) == ("gzip data", "NEWS", None)
    with archive.open(entry) as stream:
        assert (stream.seek(0, 2), stream.seek(1), stream.read()) == (5, 1, b"ext\n")


def test_what_a_zip_says_of_modes_links_and_folders():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, mode, content in (
            ("l", stat.S_IFLNK | 0o777, "to"),
            ("run", stat.S_IFREG | 0o755, "#!"),
            ("d/", stat.S_IFDIR | 0o755, ""),
        ):
            info = zipfile.ZipInfo(name, (2020, 9, 13, 12, 26, 40))
            info.create_system, info.external_attr = 3, mode << 16
            made.writestr(info, content)
    found = list_archive(archive_of(out.getvalue(), "x.whl"))
    assert found.format == "Python wheel (zip)"
    assert [(one.kind, one.mode, one.mtime) for one in found.entries] == [
        (Kind.SYMLINK, 0o777, 1_600_000_000),
        (Kind.FILE, 0o755, 1_600_000_000),
        (Kind.DIR, 0o755, 1_600_000_000),
    ]


SAMPLES = [
    tar_of({"a": b"1" * 600}),
    gzip.compress(tar_of({"a": b"1"})),
    zip_of({"a": b"1" * 999}),
    ar_of({b"a": b"1", b"b": b"22"}),
]


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 10**4), st.integers(0, 255)), max_size=8),
    st.integers(0, 10**4),
)
def test_damage_is_said_and_raises_nothing_else(sample, changes, length):
    content = bytearray(sample)
    for at, byte in changes:
        content[at % len(content)] = byte
    content = bytes(content[: max(1, length % (2 * len(content)))])
    try:
        archive = archive_of(content)
        for entry in list_archive(archive).entries:
            archive.open(entry).read(1 << 20)
    except LayertuiError as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_a_cut_off_tar_lists_what_it_has():
    whole = tar_of({"a": b"1" * 600, "b": b"2" * 600})
    listed = list_archive(archive_of(whole[:2600]))
    assert [entry.name for entry in listed.entries] == ["a", "b"]
    assert "cut off" in listed.damage


def test_limits_are_named(limits):
    limits(archive_entries=2)
    assert "LAYERTUI_MAX_ARCHIVE_ENTRIES" in list_archive(archive_of(zip_of({"a": b"", "b": b"", "c": b""}))).damage
    limits(archive_unpacked=1000)
    assert (
        "LAYERTUI_MAX_ARCHIVE_UNPACKED" in list_archive(archive_of(gzip.compress(tar_of({"a": bytes(10**5)})))).damage
    )
    archive = archive_of(zip_of({"a": bytes(10**5)}))
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_ARCHIVE_UNPACKED"):
        archive.open(next(archive.entries())).read()
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_ARCHIVE_DEPTH"):
        archive_of(zip_of({}), depth=9)


def test_archives_in_archives_end_at_the_depth():
    content = b"end"
    for _ in range(20):
        content = gzip.compress(content)
    stream, size = io.BytesIO(content), len(content)
    for depth in range(1, 9):
        archive = open_archive(stream, size, depth=depth)
        stream = archive.open(next(archive.entries()))
        size = stream.seek(0, 2)
    with pytest.raises(LimitExceeded, match="is in 8 archives"):
        open_archive(stream, size, depth=9)


def test_a_zip_that_lies_of_a_size():
    content = bytearray(zip_of({"a": b"1" * 5000}))
    directory = content.rindex(b"PK\1\2")
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    archive = archive_of(bytes(content))
    with pytest.raises(Damaged, match="more than the 10 bytes"):
        archive.open(next(archive.entries())).read()
    content[directory + 24 : directory + 28] = (6000).to_bytes(4, "little")
    archive = archive_of(bytes(content))
    with pytest.raises(Damaged, match="5,000 of the 6,000 bytes"):
        archive.open(next(archive.entries())).read()


def test_what_is_no_archive():
    with pytest.raises(NotFound, match="is not an archive"):
        archive_of(b"text")
    archive = archive_of(tar_of({"a": b""}))
    with pytest.raises(NotFound, match="is a dir, and has no content"):
        archive.open(list_archive(archive).entries[1])
