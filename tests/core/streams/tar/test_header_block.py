"""Header fields: numbers in all spellings, sums, and what each form says."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layertui.core.errors import Damaged
from layertui.core.streams.tar.decoded_header import Header
from layertui.core.streams.tar.header_block import DIRECTORY, REGULAR, Member, checksum, checksum_ok, number
from rawtar import block


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"0000644\0", 0o644),
        (b"0000644 ", 0o644),
        (b"00000644", 0o644),
        (b"   644 \0", 0o644),
        (b"   644\0\0", 0o644),
        (b"644\0junk", 0o644),
        (b"\0\0\0\0\0\0\0\0", 0),
        (b"        ", 0),
        (b"", 0),
        (b"\x80\0\0\0\0\0\x01\0", 256),
        (b"\x80" + b"\0" * 3 + b"\x02" + b"\0" * 7, 2 << 56),
        (b"\xff" * 8, -1),
        (b"\xff" * 6 + b"\xfe\x00", -512),
        (b"\xbf" + b"\xff" * 7, (1 << 62) - 1),
    ],
)
def test_numbers_in_all_spellings(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", [b"9", b"12x4567\0", b"0x11", b"rubbish!"])
def test_rubbish_is_no_number(text):
    with pytest.raises(Damaged, match="where a number belongs"):
        number(text)


@given(st.binary(min_size=512, max_size=512))
@example(b"\xff" * 512)
@example(bytes(512))
def test_the_quick_sum_is_the_plain_sum(content):
    blanked = content[:148] + b" " * 8 + content[156:]
    assert checksum(content) == sum(blanked)


@pytest.mark.parametrize("form", [b"%06o\0 ", b"%07o\0", b"%6o\0 ", b"%06o  ", b" %06o\0", b"%o\0"])
def test_sums_in_all_spellings(form):
    total = checksum(block())
    assert checksum_ok(block(checksum=(form % total).ljust(8, b"\0")))
    assert not checksum_ok(block(checksum=(form % (total + 1)).ljust(8, b"\0")))


def test_sums_of_signed_bytes_count_too():
    name = b"\xe9\xff"
    total = checksum(block(name)) - 512
    assert checksum_ok(block(name, checksum=b"%06o\0 " % total))


@pytest.mark.parametrize("field", [b"rubbish!", b"\0" * 8, b"        "])
def test_no_sum_is_a_wrong_sum(field):
    assert not checksum_ok(block(checksum=field))


def decoded(head, *, name=b"f", link=b"", size=0, pax=None):
    return Header.of(Member(name, link, head, size, 512, pax))


def test_every_field_is_decoded():
    head = block(mode=0o104755, uid=1, gid=2, mtime=3, uname="é".encode(), gname=b"\xff")
    assert decoded(head, size=7) == Header(b"f", REGULAR, 0o4755, 1, 2, "é", "\udcff", 7, 3)


def test_devices_have_numbers_and_nothing_else_has():
    fields = {"devmajor": 8, "devminor": 1}
    for type_, expected in ((b"3", (8, 1)), (b"4", (8, 1)), (b"0", (0, 0)), (b"5", (0, 0))):
        header = decoded(block(kind=type_, **fields))
        assert (header.devmajor, header.devminor) == expected


@pytest.mark.parametrize(
    ("type_", "name", "expected"),
    [
        (b"\0", b"f", REGULAR),
        (b"\0", b"f/", DIRECTORY),
        (b"0", b"f/", REGULAR),
        (b"7", b"f", REGULAR),
        (b"5", b"f", DIRECTORY),
        (b"Z", b"f", b"Z"),
    ],
)
def test_old_and_odd_types(type_, name, expected):
    assert decoded(block(name, type_), name=name).type == expected


def test_before_ustar_there_were_no_names_of_owners():
    assert decoded(block(magic=b"", uname=b"junk", gname=b"junk")).uname == ""


def test_records_come_before_fields():
    records = {b"uid": b"5000000", b"gid": b"-1", b"uname": b"me", b"gname": b"", b"mtime": b"-1.5"}
    records[b"SCHILY.xattr.user.a"] = b"\0"
    header = decoded(block(uid=1, gid=2, mtime=3, gname=b"them"), pax=records)
    assert (header.uid, header.gid, header.uname, header.gname) == (5_000_000, -1, "me", "them")
    assert (header.mtime, header.mtime_ns, header.xattrs) == (-2, 500_000_000, {"user.a": b"\0"})


def test_a_record_that_is_no_number_counts_as_zero():
    header = decoded(block(uid=1, mtime=3), pax={b"uid": b"x", b"mtime": b"noon"})
    assert (header.uid, header.mtime) == (0, 0)


def test_a_sparse_file_has_its_real_size_and_its_map():
    records = {b"GNU.sparse.map": b"5,2", b"GNU.sparse.size": b"100"}
    header = decoded(block(size=2), size=2, pax=records)
    assert (header.size, header.sparse) == (100, ((5, 2),))


@pytest.mark.parametrize("key", [b"uid", b"gid", b"mtime"])
def test_no_number_has_more_than_64_bits(key):
    for text in (b"9223372036854775808", b"-9223372036854775809"):
        with pytest.raises(Damaged, match="more than 64 bits"):
            decoded(block(), pax={key: text})
    with pytest.raises(Damaged, match="more than 64 bits"):
        decoded(block(mtime=b"\x80" + b"\xff" * 11))
    assert decoded(block(), pax={key: b"-9223372036854775808"}).name == b"f"
    assert decoded(block(), pax={key: b"9" * 5000}).name == b"f"


def test_a_wrong_sum_is_damage_and_names_the_member():
    with pytest.raises(Damaged, match=r"the tar header of 'f\\udcff' is damaged: its checksum is wrong"):
        decoded(block(checksum=b"000000\0 "), name=b"f\xff")


def test_a_wrong_number_is_damage_and_names_the_member():
    with pytest.raises(Damaged, match="'f': a tar header has b'8888888"):
        decoded(block(uid=b"8888888\0"))
