"""PAX records: lengths that count themselves, times, attributes, sparse maps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import Damaged
from layertui.core.streams.tar import pax_records
from layertui.core.streams.tar.pax_records import (
    format_records,
    format_time,
    parse_records,
    parse_time,
    sparse_map,
    xattr_record,
    xattrs_of,
)

KEY = st.binary(min_size=1, max_size=120).filter(lambda key: b"=" not in key and not key.startswith(b"GNU.sparse"))


@given(st.dictionaries(KEY, st.binary(max_size=1200), max_size=5))
def test_what_is_written_is_read(records):
    body = format_records(records.items())
    read = parse_records(body)
    read.pop(b"hdrcharset", None)
    assert read == {key: value for key, value in records.items() if key != b"hdrcharset"}


@pytest.mark.parametrize("length", [1, 2, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 990, 991, 992, 993, 994, 9990])
def test_the_length_counts_its_own_digits(length):
    body = format_records([(b"k", b"v" * length)])
    assert int(body.split(b" ")[0]) == len(body)


def test_a_charset_is_named_where_a_name_is_no_utf8():
    assert format_records([(b"path", "é".encode())]) == b"11 path=\xc3\xa9\n"
    assert format_records([(b"path", b"\xff")]) == b"21 hdrcharset=BINARY\n9 path=\xff\n"
    # Values of attributes are bytes in any charset.
    assert format_records([(b"SCHILY.xattr.user.a", b"\xff")]).startswith(b"25 SCHILY")


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"5",
        b"5 a=b\n",
        b"7 a=b\n",
        b"6 a=bX",
        b"5 ab\n",
        b"0 a=b\n",
        b"-6 a=b\n",
        b"99 a=b\n",
        b" 6 a=b\n",
        b"2 \n",
    ],
)
def test_a_record_that_is_none_is_damage(body):
    with pytest.raises(Damaged, match="record"):
        parse_records(body)


def test_padding_counted_in_is_tolerated():
    assert parse_records(b"6 a=b\n" + bytes(10)) == {b"a": b"b"}


def test_values_may_hold_anything():
    assert parse_records(b"13 a=b\nc=d=\0\n") == {b"a": b"b\nc=d=\0"}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (b"0", (0, 0)),
        (b"1", (1, 0)),
        (b"1.5", (1, 500_000_000)),
        (b"1.000000001", (1, 1)),
        (b"1.0000000019", (1, 1)),
        (b".5", (0, 500_000_000)),
        (b"7.", (7, 0)),
        (b"+7", (7, 0)),
        (b"-1", (-1, 0)),
        (b"-1.5", (-2, 500_000_000)),
        (b"-0.000000001", (-1, 999_999_999)),
        (b"1767323045.123456789", (1767323045, 123456789)),
        (b"1e3", (1000, 0)),
        (b"", None),
        (b".", None),
        (b"-", None),
        (b"noon", None),
        (b"inf", None),
        (b"nan", None),
    ],
)
def test_times_are_exact(text, time):
    assert parse_time(text) == time


@given(st.integers(-(10**11), 10**11), st.integers(0, 10**9 - 1))
def test_times_survive(seconds, nanoseconds):
    assert parse_time(format_time(seconds, nanoseconds)) == (seconds, nanoseconds)


@pytest.mark.slow
@given(st.dictionaries(st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name), st.binary(max_size=50)))
def test_attributes_survive(xattrs):
    xattrs = {name.encode("utf-8", "replace").decode(): value for name, value in xattrs.items()}
    assert xattrs_of(parse_records(format_records(xattr_record(*item) for item in xattrs.items()))) == xattrs


def test_attributes_come_in_two_forms_and_the_plain_one_counts():
    records = {
        b"LIBARCHIVE.xattr.user.%C3%A9%3D": b"AAE",
        b"LIBARCHIVE.xattr.user.both": b"AAE=",
        b"SCHILY.xattr.user.both": b"plain",
        b"SCHILY.xattr.user.\xff": b"",
        b"SCHILY.acl.access": b"user::rw-",
    }
    assert xattrs_of(records) == {"user.é=": b"\0\1", "user.both": b"plain", "user.\udcff": b""}


@pytest.mark.parametrize("key", [b"SCHILY.xattr.user.a\0b", b"LIBARCHIVE.xattr.user.a%00b"])
def test_an_attribute_with_a_nul_in_its_name_is_damage(key):
    with pytest.raises(Damaged, match="NUL"):
        xattrs_of({key: b"eA"})


def test_an_attribute_that_is_no_base64_is_damage():
    with pytest.raises(Damaged, match="not base64"):
        xattrs_of({b"LIBARCHIVE.xattr.a": b"A"})


def test_the_repeating_form_of_a_map_becomes_the_other():
    pairs = [(b"GNU.sparse.offset", b"0"), (b"GNU.sparse.numbytes", b"5"), (b"GNU.sparse.offset", b"9")]
    body = format_records([*pairs, (b"GNU.sparse.numbytes", b"1"), (b"GNU.sparse.size", b"20")])
    assert sparse_map(parse_records(body), 6) == (((0, 5), (9, 1)), 20)


@pytest.mark.parametrize(
    ("text", "size", "found"),
    [
        (b"0,5,9,1", b"20", (((0, 5), (9, 1)), 20)),
        (b"", b"20", ((), 20)),
        (b"20,0", b"20", (((20, 0),), 20)),
        (b"0,5", b"5", (((0, 5),), 5)),
    ],
)
def test_maps_are_read(text, size, found):
    assert sparse_map({pax_records.SPARSE_MAP: text, pax_records.SPARSE_SIZE: size}, 6) == found


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (b"0,5,4,1", b"20"),
        (b"9,1,0,5", b"20"),
        (b"0,7", b"20"),
        (b"0,5", b"4"),
        (b"0,5,9", b"20"),
        (b"0,-1", b"20"),
        (b"-3,1", b"20"),
        (b"x", b"20"),
        (b"0,5", b""),
        (b"", b"-1"),
    ],
)
def test_maps_that_cannot_be_are_damage(text, size):
    with pytest.raises(Damaged, match="sparse file"):
        sparse_map({pax_records.SPARSE_MAP: text, pax_records.SPARSE_SIZE: size}, 6)


def test_most_files_are_not_sparse():
    assert sparse_map({b"path": b"x"}, 0) is None
