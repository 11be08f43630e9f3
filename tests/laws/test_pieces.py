"""A layer of small files is read in other ways than others, many headers at once and piece by piece: the table is the same."""

import io
import os
import tarfile

from hypothesis import example, given
from hypothesis import strategies as st

from builders import file, folder, hardlink, layer, opaque, symlink, whiteout
from laws.test_tar import CUTS, FORMATS, ODD, TARS, written_by_tarfile
from layertui.core.layers.cache.layer_pieces import join_pieces
from layertui.core.layers.table.layer_tar import read_table
from layertui.core.streams.tar.tar_contents import Header, steps
from rawtar import block, member
from readings import in_a_file, outcome, pieces_of, said, small

NAMES = st.sampled_from(["a", "a.b", "a/b", "a/b/c", "a/d", "b", "b/c", "b/c/d", "c", "\udcff", "n" * 120])
# A file may hold what looks like a header, and does not count.
CONTENTS = st.sampled_from([b"", b"x" * 600, block(b"no", b"0", 512), block(b"no", b"0", 0) * 3])
MEMBERS = st.one_of(
    st.builds(file, NAMES, CONTENTS),
    st.builds(folder, NAMES),
    st.builds(symlink, NAMES, st.just("a")),
    st.builds(hardlink, NAMES, NAMES),
    st.builds(whiteout, NAMES),
    st.builds(opaque, NAMES),
    st.builds(lambda name: file(name, b"1", uname="u", gname="g", uid=7, xattrs={"user.a": b"v"}), NAMES),
)
LAYERS = st.lists(MEMBERS, max_size=12)
# Of groups whose names are numbered in another order where many headers are read at once.
TWO_GROUPS = [(Header(b"a", b"0", 0o644, 0, 0, "", group, 0, 0), b"") for group in ("é" * 20, "root")]


@given(st.lists(ODD), TARS, st.sampled_from(FORMATS), st.integers(2, 12), CUTS)
@example(odd=[member(b"a", b"")] * 3, tar=TWO_GROUPS, format_=tarfile.PAX_FORMAT, read=2, cut=0)
def test_many_headers_at_once_say_what_they_say_one_by_one(odd, tar, format_, read, cut):
    whole = b"".join(odd) + written_by_tarfile(tar, format_) + bytes(512 * read)
    for content in (whole, whole[: cut % (len(whole) + 1)]):
        with in_a_file(content) as window, small(read):
            assert outcome(read_table, window) == outcome(read_table, io.BytesIO(content))


@given(LAYERS, st.integers(2, 12))
def test_what_lies_in_a_file_is_no_header(members, read):
    content = layer(members) + bytes(512 * read)
    with in_a_file(content) as window, small(read):
        assert outcome(read_table, window) == outcome(read_table, io.BytesIO(content))


def table_of_pieces(window, cuts):
    """What they make together; None where one is to be had only from the whole."""
    found = pieces_of(window, cuts)
    return join_pieces(found) if None not in found else None


@given(LAYERS, st.data())
def test_pieces_make_the_table_of_the_whole_or_none(members, data):
    content = layer(members)
    members_at = [offset - 512 for _, _, offset, _ in steps(io.BytesIO(content))]
    somewhere = st.sampled_from([*members_at, *range(512, len(content), 512)])
    cuts = sorted(set(data.draw(st.lists(somewhere, max_size=4))) - {0})
    with in_a_file(content) as window:
        made = table_of_pieces(window, cuts)
        assert made is None or said(made) == outcome(read_table, window)


@given(st.sets(NAMES.filter(lambda name: name.isascii() and len(name) < 100)), st.data())  # of one header each
def test_pieces_of_a_folder_in_order_make_a_table(names, data):
    inner = {name for name in names if any(other.startswith(f"{name}/") for other in names)}
    in_order = sorted(names, key=lambda name: os.fsencode(name).split(b"/"))
    content = layer([folder(name) if name in inner else file(name, b"x" * 600) for name in in_order])
    starts = [offset - 512 for _, _, offset, _ in steps(io.BytesIO(content))]
    cuts = sorted(data.draw(st.sets(st.sampled_from(starts[1:]), max_size=4))) if len(starts) > 1 else []
    with in_a_file(content) as window:
        assert said(table_of_pieces(window, cuts)) == outcome(read_table, window)
