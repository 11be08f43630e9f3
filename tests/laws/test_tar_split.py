"""The tar that is put together of a tar-split file and a folder is the tar that was taken apart, for whatever a tar may hold."""

import io
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from builders.split import split
from layertui.core.engines.daemon.local_images.tar_split import read_tar_split
from layertui.core.engines.daemon.local_images.unpacked_tar import UnpackedTar
from layertui.core.layers.table.layer_tar import read_table

NAMES = st.text(st.sampled_from("ab/é\udcff.w"), min_size=1, max_size=12).map(
    lambda text: "/".join(filter(lambda part: part not in ("", ".", ".."), text.split("/"))) or "x"
)
LONG = st.integers(101, 300).map(lambda length: "d/" + "n" * 99 + "/" + "l" * (length - 100))
KINDS = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)


MEMBERS = st.lists(
    st.tuples(
        NAMES | LONG,
        st.sampled_from(KINDS),
        st.binary(max_size=20),
        st.sampled_from([0, 1, 25, 26, 60]),  # times the content
        NAMES | LONG,  # what a link leads to
        st.none() | st.text("xyz", max_size=30),  # an attribute
        st.sampled_from([0, 3_000_000]),  # the owner
    ),
    max_size=8,
)
TARS = st.tuples(
    MEMBERS,
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.sampled_from([b"", b"\0" * 700, b"\0" * 1024 + b"what follows the end"]),
)


def made(members, form, end):
    """A tar of these members, without those whose names are in each other's way."""
    written, seen = io.BytesIO(), set()
    out = tarfile.open(fileobj=written, mode="w", format=form, encoding="utf-8", errors="surrogateescape")
    for name, kind, some, times, link, attribute, uid in members:
        if any(name == other or name.startswith(other + "/") or other.startswith(name + "/") for other in seen):
            continue
        seen.add(name)
        member = tarfile.TarInfo(name)
        member.type, member.uid = kind, uid
        if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            member.linkname = link
        if attribute is not None:
            member.pax_headers = {"SCHILY.xattr.user.x": attribute}
        content = some * times if kind == tarfile.REGTYPE else b""
        member.size = len(content)
        out.addfile(member, io.BytesIO(content))
    # tarfile itself would fill up to ten kilobytes.
    return written.getvalue() + (end or b"\0" * 1024)


@given(TARS, st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3000)), max_size=6))
def test_the_same_bytes_read_through_and_anywhere(parts, reads):
    tar = made(*parts)
    with tempfile.TemporaryDirectory() as folder:
        found = read_tar_split(io.BytesIO(split(tar, Path(folder, "diff"))))
        assert found.size == len(tar)
        with UnpackedTar(lambda: found, Path(folder, "diff"), "there") as again:
            assert again.read() == tar
            for start, size in reads:
                again.seek(start)
                got = b""
                while len(got) < size and (piece := again.read(size - len(got))):
                    got += piece
                assert got == tar[start : start + size]


@given(TARS)
def test_its_table_is_that_of_the_tar_and_opens_no_file(parts):
    tar = made(*parts)
    with tempfile.TemporaryDirectory() as folder:
        found = read_tar_split(io.BytesIO(split(tar, Path(folder, "diff"))))
        with UnpackedTar(lambda: found, Path("/nonexistent"), "there") as again:
            table, expected = read_table(again), read_table(io.BytesIO(tar))
    assert table.keys() == expected.keys()
    assert (table.body == expected.body).all()
    assert (table.size_of == expected.size_of).all()
