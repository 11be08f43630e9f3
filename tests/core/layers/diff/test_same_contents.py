"""Contents of files held against each other: readers that give little at a time, and files that became shorter."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import Cancelled
from layertui.core.layers.diff.same_contents import same_contents
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.progress import Progress, quiet
from layertui.core.streams.tar.member_content import SparseContent
from laying import table


class Slow(io.RawIOBase):
    """A reader that gives a few bytes at a time."""

    def __init__(self, content):
        super().__init__()
        self._rest = content

    def read(self, size=-1):
        size = min(3, size if size >= 0 else 3)
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


class Contents:
    def __init__(self, contents):
        self._contents = contents

    def open(self, entry):
        return Slow(self._contents[entry.path])


def stack(**contents):
    names = [f"{name}:10" for name in contents]
    return Stack.from_layers(
        [StackLayer(table(*names), Contents({f"/{name}": content for name, content in contents.items()}))]
    )


def compared(one, other, progress=None):
    rows = np.arange(len(one.layer))
    return same_contents(one, rows, other, rows, progress or quiet()).tolist()


def test_bytes_decide():
    one = stack(a=b"0123456789", b=b"0123456789", c=b"012345678x")
    assert compared(one, stack(a=b"0123456789", b=b"012345678x", c=b"012345678x")) == [True, False, True]


def test_a_file_that_became_shorter_while_it_was_read():
    assert compared(stack(a=b"0123"), stack(a=b"0123456789")) == [False]
    assert compared(stack(a=b"0123"), stack(a=b"0123")) == [True]


def test_it_counts_and_can_be_stopped():
    progress = Progress()
    assert compared(stack(a=b"0123456789"), stack(a=b"0123456789"), progress) == [True]
    assert (progress.total, progress.done) == (10, 10)
    progress.cancel()
    with pytest.raises(Cancelled):
        compared(stack(a=b"0123456789"), stack(a=b"0123456789"), progress)


@pytest.mark.slow
@given(st.data())
def test_sparse_files_hold_the_same_where_their_bytes_do(data):
    size = 40
    whole = data.draw(st.lists(st.sampled_from(b"\0\0\0a"), min_size=size, max_size=size).map(bytes))

    def stored(content):
        """In pieces that cover what is no zero, and some zeros too; or as a whole."""
        if data.draw(st.booleans()):
            return io.BytesIO(content)
        kept = [bool(byte) or data.draw(st.booleans()) for byte in content]
        edges = [at for at in range(size + 1) if (at < size and kept[at]) != (at > 0 and kept[at - 1])]
        pieces = tuple((start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True))
        body = b"".join(content[start : start + length] for start, length in pieces)
        return io.BufferedReader(SparseContent(io.BytesIO(body), pieces, size))

    other = whole if data.draw(st.booleans()) else whole[:7] + data.draw(st.sampled_from([b"\0", b"a"])) + whole[8:]
    pair = [Stack.from_layers([StackLayer(table(f"f:{size}"), Once(stored(content)))]) for content in (whole, other)]
    rows = np.array([pair[0].view().shown[0]])
    assert same_contents(pair[0], rows, pair[1], rows, quiet()).tolist() == [whole == other]


class Once:
    def __init__(self, content):
        self._content = content

    def open(self, entry):
        return self._content
