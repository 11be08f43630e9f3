import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import Damaged
from layertui.core.layers.table import header_columns
from layertui.core.streams.tar.tar_contents import checksum_ok, number


def block(name=b"a", mode=b"0000644\0", uid=b"0001750\0", mtime=b"14723004516\0", prefix=b""):
    made = bytearray(512)
    made[: len(name)] = name
    made[100:124] = mode + uid + b"0000000\0"
    made[136:148] = mtime
    made[156:157] = b"0"
    made[257:265] = b"ustar\00000"
    made[345 : 345 + len(prefix)] = prefix
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


def fields(*blocks):
    return np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, 512)


def _time(at):
    if 0 <= at < 8**11:
        return b"%011o\0" % at
    return (b"\xff" if at < 0 else b"\x80") + at.to_bytes(11, "big", signed=True)


octal = st.integers(0, 8**7 - 1).flatmap(
    lambda value: st.sampled_from([b"%07o\0" % value, b"%07o " % value, b"%6o \0" % (value >> 3), b"%o\0" % value])
)


@pytest.mark.slow
@given(st.lists(st.tuples(octal, octal, st.integers(-(2**33), 2**40)), min_size=1, max_size=5))
def test_numbers_by_columns_are_those_read_one_by_one(rows):
    times = [_time(at) for _, _, at in rows]
    modes, uids = ([field.ljust(8, b"\0") for field in column] for column in list(zip(*rows, strict=True))[:2])
    blocks = [block(mode=m, uid=u, mtime=t) for m, u, t in zip(modes, uids, times, strict=True)]
    mode, uid, gid, mtime = np.empty((4, len(rows)), np.int64)
    header_columns.numbers(fields(*blocks), mode, uid, gid, mtime, but=())
    assert mode.tolist() == list(map(number, modes))
    assert uid.tolist() == list(map(number, uids))
    assert mtime.tolist() == list(map(number, times))
    assert not gid.any()


@pytest.mark.parametrize(
    ("name", "key", "odd"),
    [
        (b"usr/bin/env", b"usr\0bin\0env", False),
        (b"usr/bin/", b"usr\0bin", False),
        (b"x" * 100, b"x" * 100, False),
        (b"a.b/c..d", b"a.b\0c..d", False),
        (b"./etc", None, True),
        (b"/etc", None, True),
        (b"a//b", None, True),
        (b"a/../b", None, True),
        (b"etc/.wh.passwd", None, True),
        (b".wh.etc", None, True),
        (b"", None, True),
        (b"a\0rest", None, True),
    ],
)
def test_plain_names_are_keys_and_all_others_are_reported(name, key, odd):
    (found,), (told,) = header_columns.keys(fields(block(name)))
    assert bool(told) is odd
    assert odd or found == key


def test_a_prefix_is_reported():
    assert header_columns.keys(fields(block(prefix=b"far/away")))[1].tolist() == [True]


def test_a_wrong_checksum_is_refused_by_name():
    sound, wrong = block(b"sound"), bytearray(block(b"usr/wrong"))
    wrong[101] ^= 1
    assert checksum_ok(sound)
    header_columns.check(fields(sound), [b"sound"])
    with pytest.raises(Damaged, match="usr/wrong"):
        header_columns.check(fields(sound, bytes(wrong)), [b"sound", b"usr\0wrong"])
