"""A verifying reader never lets a wrong byte look right."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import Damaged, DigestMismatch, Truncated
from layertui.core.oci.digest import Digest, digest_of
from layertui.core.streams.digest_reader import VerifyingReader

CONTENT = b"some content" * 999


def by_read(reader, size):
    return b"".join(iter(lambda: reader.read(size), b""))


def by_readinto(reader, size):
    buffer, pieces = bytearray(size), []
    while count := reader.readinto(buffer):
        pieces.append(bytes(buffer[:count]))
    return b"".join(pieces)


def at_once(reader, _):
    return reader.read()


def by_buffer(reader, size):
    return by_read(io.BufferedReader(reader), size)


WAYS = pytest.mark.parametrize("read", [by_read, by_readinto, at_once, by_buffer])


@WAYS
@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_right_bytes_come_through(read, size):
    assert read(VerifyingReader(io.BytesIO(CONTENT), digest_of(CONTENT), size), 777) == CONTENT


@WAYS
def test_an_empty_blob_is_verified_too(read):
    assert read(VerifyingReader(io.BytesIO(b""), digest_of(b""), 0), 10) == b""
    for size in (0, None):
        with pytest.raises(DigestMismatch):
            read(VerifyingReader(io.BytesIO(b""), digest_of(b"x"), size), 10)


@WAYS
@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_another_digest_is_an_error(read, size):
    with pytest.raises(DigestMismatch, match="the content's digest is sha256:"):
        read(VerifyingReader(io.BytesIO(CONTENT), digest_of(b"other"), size), 777)


@WAYS
def test_too_long_is_an_error_even_with_the_right_digest_of_the_whole(read):
    with pytest.raises(DigestMismatch, match="longer than the 11,987 bytes"):
        read(VerifyingReader(io.BytesIO(CONTENT), digest_of(CONTENT), len(CONTENT) - 1), 777)


@WAYS
def test_too_long_is_an_error_even_with_the_right_digest_of_the_beginning(read):
    with pytest.raises(DigestMismatch, match="longer than"):
        read(VerifyingReader(io.BytesIO(CONTENT + b"x"), digest_of(CONTENT), len(CONTENT)), 777)


@WAYS
def test_too_short_is_truncated(read):
    with pytest.raises(Truncated, match="ends after 11,988 of 11,989 bytes"):
        read(VerifyingReader(io.BytesIO(CONTENT), digest_of(CONTENT), len(CONTENT) + 1), 777)


def test_reading_just_the_size_has_verified():
    with pytest.raises(DigestMismatch):
        VerifyingReader(io.BytesIO(CONTENT), digest_of(b"other"), len(CONTENT)).read(len(CONTENT))


def test_closing_early_verifies_nothing_and_closes_below():
    raw = io.BytesIO(CONTENT)
    reader = VerifyingReader(raw, digest_of(b"other"), 5)
    reader.read(3)
    reader.close()
    assert raw.closed


def test_a_blob_without_end_is_not_taken_into_memory():
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            assert size > 0
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(DigestMismatch, match="longer than"):
        VerifyingReader(endless, digest_of(b""), 10).read()
    assert endless.given == 11


def test_other_algorithms_are_verified_or_refused():
    sha512 = Digest("sha512:" + "0" * 128)
    with pytest.raises(DigestMismatch, match="sha512:"):
        VerifyingReader(io.BytesIO(b"x"), sha512).read()
    with pytest.raises(Damaged, match="cannot be verified"):
        VerifyingReader(io.BytesIO(b"x"), Digest("blake3:ab"))


def test_it_knows_where_it_reads_and_how_far():
    raw = io.BytesIO(CONTENT)
    raw.name = "here.tar"
    reader = VerifyingReader(raw, digest_of(b"other"))
    assert reader.readable()
    assert not reader.seekable()
    reader.read(10)
    assert reader.tell() == 10
    with pytest.raises(DigestMismatch, match=r"here\.tar: blob sha256:"):
        reader.read()


@given(st.binary(max_size=300), st.integers(0, 299), st.lists(st.integers(1, 50), min_size=1))
def test_no_flipped_bit_gets_through(content, at, sizes):
    damaged = bytearray(content)
    if not content:
        return
    damaged[at % len(content)] ^= 1
    reader = VerifyingReader(io.BytesIO(bytes(damaged)), digest_of(content), len(content))
    with pytest.raises(DigestMismatch):
        list(iter(lambda: sum(len(reader.read(size)) for size in sizes), 0))
