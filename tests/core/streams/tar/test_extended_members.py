"""What precedes a member: long names, records, global records, maps."""

import io

import pytest

from layertui.core.errors import Damaged, LimitExceeded, Truncated
from layertui.core.streams.tar.tar_contents import Header, content_of, walk
from rawtar import END, block, extended, gnu_sparse, long, member, padded, records


def read(*blocks):
    raw = io.BytesIO(b"".join(blocks))
    return [(Header.of(found), content_of(raw, found).read()) for found in walk(raw)]


def one(*blocks):
    ((header, content),) = read(*blocks)
    return header, content


def test_long_names_and_links_in_either_order():
    name, link = b"n" * 300, b"l" * 600
    for blocks in ((long(name), long(link, b"K")), (long(link, b"K"), long(name))):
        header, _ = one(*blocks, member(b"short", kind=b"2", link=b"cut"), END)
        assert (header.name, header.link) == (name, link)


def test_they_count_for_one_member_only():
    names = [header.name for header, _ in read(long(b"n" * 200), member(b"a"), member(b"b"), END)]
    assert names == [b"n" * 200, b"b"]


def test_records_replace_fields():
    pairs = [(b"path", b"p" * 200), (b"linkpath", b"q"), (b"uid", b"7"), (b"mtime", b"-0.5")]
    header, _ = one(extended(*pairs), member(b"x", kind=b"2", link=b"y"), END)
    assert (header.name, header.link, header.uid, header.mtime, header.mtime_ns) == (
        b"p" * 200,
        b"q",
        7,
        -1,
        500_000_000,
    )


def test_solaris_wrote_them_with_a_capital():
    assert one(extended((b"path", b"new"), kind=b"X"), member(b"old"), END)[0].name == b"new"


def test_two_extended_headers_add_up_and_the_second_counts():
    header, _ = one(extended((b"path", b"1"), (b"uid", b"1")), extended((b"path", b"2")), member(), END)
    assert (header.name, header.uid) == (b"2", 1)


def test_an_empty_value_takes_a_record_back():
    header, _ = one(extended((b"path", b""), (b"uid", b"")), member(b"own", uid=3), END)
    assert (header.name, header.uid) == (b"own", 3)


def test_global_records_count_until_others_do():
    found = read(
        extended((b"uid", b"5"), (b"comment", b"c"), kind=b"g"),
        member(b"a"),
        extended((b"uid", b"6")),
        member(b"b"),
        member(b"c"),
        extended((b"uid", b"8"), kind=b"g"),
        member(b"d"),
        END,
    )
    assert [(header.name, header.uid) for header, _ in found] == [(b"a", 5), (b"b", 6), (b"c", 5), (b"d", 8)]


def test_a_global_header_between_a_members_own_and_the_member():
    found = read(extended((b"uid", b"6")), extended((b"uid", b"5"), (b"gid", b"5"), kind=b"g"), member(), member(), END)
    assert [(header.uid, header.gid) for header, _ in found] == [(6, 5), (5, 5)]


def test_a_global_size_moves_nobodys_end():
    assert [content for _, content in read(extended((b"size", b"9"), kind=b"g"), member(b"a", b"xy"), END)] == [b"xy"]


def test_the_size_may_stand_in_a_record_alone():
    content = b"c" * 700
    header, read_content = one(extended((b"size", b"700")), block(size=0), padded(content), END)
    assert (header.size, read_content) == (700, content)


def test_a_size_of_what_has_no_body_moves_nothing():
    names = [header.name for header, _ in read(extended((b"size", b"700")), member(b"d", kind=b"5"), member(b"e"), END)]
    assert names == [b"d", b"e"]


@pytest.mark.parametrize("size", [b"-1", b"x", b"1e3", b"99999999999999999999999", b"9" * 5000])
def test_a_size_that_cannot_be_is_damage(size):
    with pytest.raises(Damaged, match="makes no sense"):
        read(extended((b"size", size)), member(b"a"), END)


@pytest.mark.parametrize("key", [b"path", b"linkpath"])
def test_a_name_with_a_nul_is_damage(key):
    with pytest.raises(Damaged, match="makes no sense"):
        read(extended((key, b"a\0b")), member(b"a", kind=b"2"), END)


def test_an_extended_header_must_be_sound():
    wrong = block(b"x", b"x", 10, checksum=b"000001\0 ")
    with pytest.raises(Damaged, match="at byte 0 is damaged: its checksum is wrong"):
        read(wrong, padded(b"10 path=a\n"), member(), END)
    with pytest.raises(Damaged, match="has a record that is none"):
        read(member(b"x", b"rubbish", kind=b"x"), member(), END)


def test_an_extended_header_has_a_limit():
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_HEADER"):
        read(block(b"x", b"x", 9 << 20), END)


@pytest.mark.parametrize("kind", [b"x", b"L", b"g"])
def test_an_extended_header_cut_off_is_truncated(kind):
    with pytest.raises(Truncated, match="inside an extended header"):
        read(block(b"x", kind, 600), bytes(512))


@pytest.mark.parametrize("end", [b"", END])
def test_an_extended_header_needs_its_member(end):
    with pytest.raises(Truncated, match="without the member it belongs to"):
        read(member(), long(b"name"), end)
    assert len(read(member(), extended((b"comment", b"x"), kind=b"g"), end)) == 1


# ---------------------------------------------------------------- sparse files

PIECES = [(n * 1000, 10 + n) for n in range(60)]
STORED = b"".join(bytes([65 + n]) * length for n, (_, length) in enumerate(PIECES))
SIZE = 61_000


def filled(pieces, stored, size):
    content, at = bytearray(size), 0
    for offset, length in pieces:
        content[offset : offset + length] = stored[at : at + length]
        at += length
    return bytes(content)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 25, 26, 46, 60])
def test_old_gnu_maps_go_on_in_blocks_of_their_own(count):
    pieces = PIECES[:count]
    stored = STORED[: sum(length for _, length in pieces)]
    sparse = gnu_sparse(b"s", pieces, SIZE, stored)
    (header, content), (after, _) = read(sparse, member(b"after"), END)
    assert (header.size, header.type, header.sparse) == (SIZE, b"0", tuple(pieces))
    assert content == filled(pieces, stored, SIZE)
    assert after.name == b"after"


def test_pax_0_0_repeats_its_keywords():
    pairs = [(b"GNU.sparse.size", b"%d" % SIZE), (b"GNU.sparse.numblocks", b"60")]
    for offset, length in PIECES:
        pairs += [(b"GNU.sparse.offset", b"%d" % offset), (b"GNU.sparse.numbytes", b"%d" % length)]
    header, content = one(extended(*pairs), member(b"s", STORED), END)
    assert (header.size, content) == (SIZE, filled(PIECES, STORED, SIZE))


def test_pax_0_1_has_one_map_and_the_real_name():
    text = b",".join(b"%d,%d" % piece for piece in PIECES)
    pairs = [(b"GNU.sparse.name", b"real"), (b"GNU.sparse.size", b"%d" % SIZE), (b"GNU.sparse.map", text)]
    header, content = one(extended(*pairs, (b"path", b"GNUSparseFile.0/real")), member(b"s", STORED), END)
    assert (header.name, header.size, content) == (b"real", SIZE, filled(PIECES, STORED, SIZE))


def sparse_1_0(body, real_size=SIZE):
    pairs = [(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", b"%d" % real_size)]
    return extended(*pairs, (b"GNU.sparse.name", b"real")), member(b"GNUSparseFile.0/real", body)


@pytest.mark.parametrize("count", [0, 1, 60])
def test_pax_1_0_has_its_map_before_its_content(count):
    pieces = PIECES[:count]
    stored = STORED[: sum(length for _, length in pieces)]
    head = b"%d\n" % count + b"".join(b"%d\n%d\n" % piece for piece in pieces)
    (header, content), (after, _) = read(*sparse_1_0(padded(head) + stored), member(b"after"), END)
    assert (header.name, header.size, after.name) == (b"real", SIZE, b"after")
    assert content == filled(pieces, stored, SIZE)


@pytest.mark.parametrize(
    "body", [b"", b"2\n0\n1\n", b"x\n", b"-1\n", b"99999999999\n", b"1\nx\ny\n", padded(b"1\n0\n")]
)
def test_a_map_that_cannot_be_read_is_damage(body):
    with pytest.raises(Damaged, match="makes no sense"):
        read(*sparse_1_0(body), END)


def test_a_map_that_lies_is_damage():
    with pytest.raises(Damaged, match="does not fit its size"):
        read(*sparse_1_0(padded(b"1\n0\n50\n") + b"few", 50), END)
    with pytest.raises(Damaged, match="overlap"):
        read(gnu_sparse(b"s", [(5, 5), (0, 5)], 50, b"x" * 10), END)
    with pytest.raises(Damaged, match="sparse"):
        read(extended((b"GNU.sparse.map", b"0,1")), member(b"s", b"x"), END)


def test_a_map_cut_off_is_truncated():
    whole = gnu_sparse(b"s", PIECES, SIZE, STORED)
    with pytest.raises(Truncated, match="inside the map"):
        read(whole[: 512 + 700])
    with pytest.raises(Truncated, match="inside the map"):
        read(b"".join(sparse_1_0(padded(b"900\n")))[:-512])


def test_records_reach_the_member_itself():
    (found,) = walk(io.BytesIO(extended((b"mtime", b"1.5"), (b"comment", b"hello")) + member() + END))
    assert found.pax == {b"mtime": b"1.5"}
    (found,) = walk(io.BytesIO(member() + END))
    assert found.pax is None


def test_the_records_of_the_test_itself_are_right():
    assert records([(b"a", b"b")]) == b"6 a=b\n"
