"""Many paths are found at once, as one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.packages import path_hashes
from layertui.core.analysis.packages.path_hashes import PathHashes
from laying import lay

NAMES = st.text("ab", min_size=1, max_size=3)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
STACK = lay(["a/b/c", "a/bb", "d", "long" * 60], ["a/b", "-d", "x/y/z"])


def numbers(stack, keys):
    return PathHashes(stack).path_ids(b"".join(key + b"\n" for key in keys)).tolist()


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
@given(layers=st.lists(st.lists(PATHS, max_size=6), min_size=1, max_size=3), wanted=st.lists(PATHS, max_size=6))
def test_as_one_by_one(chunk, layers, wanted):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(path_hashes, "_CHUNK", chunk)
        stack = lay(*layers)
        keys = [path.encode().replace(b"/", b"\0") for path in [*wanted, *(path for one in layers for path in one)]]
        expected = [-1 if (path_id := stack.find(key)) is None else path_id for key in keys]
        assert numbers(stack, keys) == expected


@pytest.mark.parametrize("key", [b"", b"a\0", b"\0a", b"a\0\0b", b"a\0b\0", b"nope", b"a\0b\0c\0d", b"\xff\xfe", b"A"])
def test_what_is_no_path_of_it(key):
    assert numbers(STACK, [b"a\0bb", key, b"d"]) == [STACK.find(b"a\0bb"), -1, STACK.find(b"d")]


def test_lines_that_are_too_long_are_no_paths(lower):
    lower(path=5)
    assert numbers(STACK, [b"d", b"a" * 6, b"a\0b\0c", b"x" * 100, b"a\0bb"]) == [
        STACK.find(b"d"),
        -1,
        STACK.find(b"a\0b\0c"),
        -1,
        STACK.find(b"a\0bb"),
    ]


def test_nothing():
    assert numbers(STACK, []) == []
    assert numbers(lay([]), [b"a"]) == [-1]
