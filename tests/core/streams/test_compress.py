"""Compression: sniffed, read in one pass, never a cut that looks like an end."""

import bz2
import gzip
import io
import lzma
import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.layers import zstd
from layertui.core.errors import Damaged, LimitExceeded, Truncated, UsageError
from layertui.core.streams import compress
from layertui.core.streams.compress import compressor, decompressed, sniff


def plain_zstd(content):
    return zstd.compress(content, 1)


def streamed_zstd(content):
    """One frame that does not say its size, as docker writes them."""
    stream = zstd.ZstdCompressor(level=1)
    return stream.compress(content) + stream.flush()


def ours(compression):
    def compressed(content):
        out = io.BytesIO()
        with compressor(out, compression) as writer:
            for at in range(0, len(content), 40_000):
                writer.write(content[at : at + 40_000])
        return out.getvalue()

    return compressed


WRITERS = {
    "gzip": gzip.compress,
    "our gzip": ours("gzip"),
    "zstd": plain_zstd,
    "streamed zstd": streamed_zstd,
    "our zstd": ours("zstd"),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
MIXED = b"".join((b"hello", b"x" * 900, random.Random(i).randbytes(60))[i % 3] for i in range(3000))
CONTENTS = {"mixed": MIXED, "nothing": b"", "zeros": bytes(3_000_000), "one": b"a"}

each_writer = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
each_content = pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)


class Dribble(io.RawIOBase):
    """A pipe: it cannot seek, and gives what it likes."""

    def __init__(self, content):
        self.content = io.BytesIO(content)
        self.random = random.Random(len(content))

    def readable(self):
        return True

    def read(self, size=-1):
        return self.content.read(self.random.randint(1, size) if size > 1 else size)


@pytest.fixture(params=["isal", "zlib"], autouse=True)
def _both_gzip_libraries(request, monkeypatch):
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)


@pytest.mark.parametrize(
    ("head", "compression"),
    [
        (b"", "none"),
        (b"\x1f\x8b\x08\x00\x00\x00", "gzip"),
        (b"\x28\xb5\x2f\xfd\x00\x00", "zstd"),
        (b"\x50\x2a\x4d\x18\x00\x00", "zstd"),
        (b"\x5f\x2a\x4d\x18\x00\x00", "zstd"),
        (b"BZh91A", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\xfd7zXZ", "none"),
        (b"etc/\0\0", "none"),
        (b"\x1f", "none"),
    ],
)
def test_the_first_bytes_say_the_compression(head, compression):
    assert sniff(head) == compression


@each_writer
@each_content
@pytest.mark.parametrize("source", [io.BytesIO, Dribble])
def test_it_reads_what_others_write(write, content, source):
    assert decompressed(source(write(content))).read() == content


@each_writer
@pytest.mark.parametrize("source", [io.BytesIO, Dribble])
def test_streams_after_one_another_are_one(write, source):
    compressed = write(MIXED) + write(b"") + write(b"end")
    assert decompressed(source(compressed)).read() == MIXED + b"end"


@each_writer
@pytest.mark.parametrize("size", [1, 511, 70_000, 10_000_000])
def test_reads_are_full_until_the_end(write, size):
    content = MIXED[:3000] if size == 1 else MIXED
    reader = decompressed(Dribble(write(content)))
    pieces = list(iter(lambda: reader.read(size), b""))
    assert b"".join(pieces) == content
    assert {len(piece) for piece in pieces[:-1]} <= {size}
    assert reader.read(size) == b""
    assert reader.read(0) == b""


@each_writer
def test_it_reads_into_a_buffer(write):
    reader = decompressed(io.BytesIO(write(MIXED)))
    buffer, got = bytearray(5000), b""
    while count := reader.readinto(buffer):
        got += buffer[:count]
    assert got == MIXED
    assert reader.readinto(bytearray()) == 0


@each_writer
@each_content
def test_wherever_it_is_cut_it_is_truncated(write, content):
    compressed = write(content)
    dice = random.Random(2)
    # A head shorter than that is not known for what it is.
    cuts = {
        *range(6, 30),
        *(len(compressed) - n for n in range(1, 12)),
        *(dice.randrange(len(compressed)) for _ in "12"),
    }
    for cut in cuts:
        if 6 <= cut < len(compressed):
            with pytest.raises(Truncated, match="is cut off"):
                decompressed(io.BytesIO(compressed[:cut])).read()


@each_writer
def test_a_cut_second_stream_is_truncated_too(write):
    second = write(b"two")
    with pytest.raises(Truncated):
        decompressed(Dribble(write(MIXED) + second[: len(second) - 1])).read()


@each_writer
def test_what_follows_a_stream_and_is_none_is_damage(write):
    for garbage in (b"garbage!", b"x", b"etc/passwd" * 999):
        with pytest.raises((Damaged, Truncated)):
            decompressed(io.BytesIO(write(b"content") + garbage)).read()


@pytest.mark.parametrize("write", [gzip.compress, lzma.compress], ids=["gzip", "xz"])
def test_zeros_may_pad_a_stream(write):
    assert decompressed(Dribble(write(b"a") + bytes(4000) + write(b"b") + bytes(512))).read() == b"ab"


@pytest.mark.parametrize("write", [gzip.compress, ours("gzip"), ours("zstd"), bz2.compress, lzma.compress])
def test_no_flipped_bit_comes_through_as_content(write):
    compressed, dice, met = write(MIXED), random.Random(3), 0
    for _ in range(20):
        damaged = bytearray(compressed)
        damaged[dice.randrange(6, len(damaged))] ^= 1 << dice.randrange(8)
        stream = io.BytesIO(damaged)
        stream.name = "here"
        try:
            got = decompressed(stream).read()
        except (Damaged, LimitExceeded) as error:
            lines = str(error).split("\n")
            met += len(lines) == 1 and lines[0].startswith("here: ")
        else:
            # Some bits mean nothing: those of a distance code that is not used.
            assert got == MIXED
    assert met > 10


def test_a_wrong_checksum_is_damage():
    compressed = bytearray(gzip.compress(MIXED))
    compressed[-6] ^= 1
    with pytest.raises(Damaged):
        decompressed(io.BytesIO(compressed)).read()


def test_skippable_frames_are_skipped():
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    empty = b"\x5f\x2a\x4d\x18\0\0\0\0"
    for content in (
        skippable + plain_zstd(b"a"),
        plain_zstd(b"a") + skippable,
        skippable + skippable + streamed_zstd(b"a") + empty,
    ):
        assert decompressed(Dribble(content)).read() == b"a"
    with pytest.raises(Truncated):
        decompressed(io.BytesIO(plain_zstd(b"a") + skippable[:-1])).read()


def test_no_cut_of_frames_after_one_another_is_an_end():
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    frames = [plain_zstd(b"one" * 50), skippable, streamed_zstd(b"two" * 50), plain_zstd(b"")]
    whole = b"".join(frames)
    ends = [sum(map(len, frames[:count])) for count in range(1, len(frames) + 1)]
    for end in range(4, len(whole)):
        reader = decompressed(Dribble(whole[:end]))
        if end in ends:
            assert reader.read() in (b"one" * 50, b"one" * 50 + b"two" * 50)
        else:
            with pytest.raises(Truncated):
                reader.read()
    assert decompressed(Dribble(whole)).read() == b"one" * 50 + b"two" * 50


def test_the_same_bytes_give_the_same_zstd_blob():
    assert ours("zstd")(MIXED * 20) == ours("zstd")(MIXED * 20)
    assert zstd.get_frame_info(ours("zstd")(MIXED)).dictionary_id == 0
    assert ours("zstd")(b"a")[4] & 4  # it has a checksum (RFC 8878, section 3.1.1.1.1)


def test_a_stream_that_wants_all_memory_is_refused():
    stream = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 30})
    with pytest.raises(LimitExceeded, match="window"):
        decompressed(io.BytesIO(stream.compress(MIXED) + stream.flush())).read()


def test_an_xz_stream_that_wants_all_memory_is_refused(monkeypatch):
    monkeypatch.setattr(compress, "_XZ_MEMORY", 1 << 20)
    with pytest.raises(LimitExceeded, match="memory"):
        decompressed(io.BytesIO(lzma.compress(MIXED))).read()


@pytest.mark.slow
@pytest.mark.parametrize("write", [gzip.compress, bz2.compress, lzma.compress, ours("zstd")])
def test_a_bomb_is_read_in_small_pieces(write):
    reader = decompressed(io.BytesIO(write(bytes(30_000_000))))
    assert len(reader.read(1000)) == 1000


def test_a_plain_stream_that_can_seek_is_handed_through():
    raw = io.BytesIO(b"xxplain")
    raw.seek(2)
    assert decompressed(raw) is raw
    assert raw.read() == b"plain"


@pytest.mark.parametrize("content", [b"", b"abc", b"plain" * 9999])
def test_a_plain_stream_that_cannot_seek_loses_nothing(content):
    assert decompressed(Dribble(content)).read() == content
    reader = decompressed(Dribble(content))
    assert reader.read(2) + reader.read(5) + reader.read() == content


def test_closing_closes_what_is_below():
    raw = io.BytesIO(gzip.compress(b"x"))
    with decompressed(raw) as reader:
        assert reader.readable()
        assert not reader.seekable()
    assert raw.closed


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_the_same_bytes_give_the_same_blob(compression):
    assert ours(compression)(MIXED) == ours(compression)(MIXED)


def test_gzip_carries_no_time_and_no_name():
    head = ours("gzip")(b"x")
    assert head[3] == 0
    assert head[4:8] == bytes(4)


@pytest.mark.parametrize("compression", ["bzip2", "xz", "lz4", ""])
def test_other_compressions_are_not_written(compression):
    with pytest.raises(UsageError, match="is an unknown compression"), compressor(io.BytesIO(), compression):
        pass


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_an_abandoned_stream_is_not_finished(compression):
    out = io.BytesIO()

    def give_up():
        with compressor(out, compression) as writer:
            writer.write(MIXED)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    out.seek(0)
    if out.getvalue():
        with pytest.raises(Truncated):
            decompressed(out).read()


@given(st.lists(st.binary(max_size=2000), max_size=4), st.sampled_from(sorted(WRITERS)), st.integers(1, 3000))
def test_any_bytes_in_any_pieces(pieces, name, size):
    reader = decompressed(Dribble(b"".join(WRITERS[name](piece) for piece in pieces)))
    assert b"".join(iter(lambda: reader.read(size), b"")) == b"".join(pieces)
