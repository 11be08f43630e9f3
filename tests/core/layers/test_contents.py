"""Contents of files held against each other: readers that give little at a time, and files that became shorter."""

import io

import numpy as np
import pytest

from layertui.core.errors import Cancelled
from layertui.core.layers.contents import same_contents
from layertui.core.layers.stack import Laid, Stack
from layertui.core.streams.progress import Progress, quiet

from .laying import table


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
    return Stack.lay([Laid(table(*names), Contents({f"/{name}": content for name, content in contents.items()}))])


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
