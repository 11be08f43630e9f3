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


@st.composite
def tars(draw):
    written = io.BytesIO()
    form = draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    seen: set[str] = set()
    with tarfile.open(fileobj=written, mode="w", format=form, encoding="utf-8", errors="surrogateescape") as out:
        for _ in range(draw(st.integers(0, 8))):
            name = draw(NAMES | LONG)
            if any(name == other or name.startswith(other + "/") or other.startswith(name + "/") for other in seen):
                continue
            seen.add(name)
            member = tarfile.TarInfo(name)
            member.type = draw(st.sampled_from(KINDS))
            member.mode, member.uid = draw(st.sampled_from([0o644, 0o4755])), draw(st.sampled_from([0, 3_000_000]))
            if member.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                member.linkname = draw(NAMES | LONG)
            if form == tarfile.PAX_FORMAT and draw(st.booleans()):
                member.pax_headers = {"SCHILY.xattr.user.x": draw(st.text("xyz", max_size=30))}
            content = draw(st.binary(max_size=1500)) if member.type == tarfile.REGTYPE else b""
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    return written.getvalue() + draw(st.sampled_from([b"", b"\0" * 700, b"what follows the end"]))


@given(tars(), st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 3000)), max_size=6))
def test_the_same_bytes_read_through_and_anywhere(tar, reads):
    with tempfile.TemporaryDirectory() as folder:
        found = read_tar_split(io.BytesIO(split(tar, Path(folder, "diff"))))
        assert found.size == len(tar)
        with UnpackedTar(found, Path(folder, "diff"), "there") as again:
            assert again.read() == tar
            for start, size in reads:
                again.seek(start)
                got = b""
                while len(got) < size and (piece := again.read(size - len(got))):
                    got += piece
                assert got == tar[start : start + size]


@given(tars())
def test_its_table_is_that_of_the_tar_and_opens_no_file(tar):
    with tempfile.TemporaryDirectory() as folder:
        found = read_tar_split(io.BytesIO(split(tar, Path(folder, "diff"))))
        with UnpackedTar(found, Path("/nonexistent"), "there") as again:
            table, expected = read_table(again), read_table(io.BytesIO(tar))
    assert list(table.keys) == list(expected.keys)
    assert (table.body == expected.body).all()
    assert (table.size_of == expected.size_of).all()
