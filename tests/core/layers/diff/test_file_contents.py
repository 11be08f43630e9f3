"""Contents of many files, each layer opened once."""

import gzip
import io

import numpy as np
import pytest

from builders import file, hardlink, layer
from layertui.core.errors import NotFound
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import TarballContent, read_table
from layertui.core.streams.compress import decompressed
from layertui.core.streams.seekable_blob import ReopeningReader


class Opened:
    """A compressed layer that counts how often it is begun."""

    def __init__(self, tar: bytes) -> None:
        self.stored, self.begun, self.tars = gzip.compress(tar), 0, 0
        table = read_table(io.BytesIO(tar))
        self.laid = StackLayer(table, TarballContent(table, self.tar))

    def tar(self):
        self.tars += 1
        return ReopeningReader(self.begin)

    def begin(self):
        self.begun += 1
        return decompressed(io.BytesIO(self.stored))


def contents(stack: Stack) -> dict[str, bytes]:
    view = stack.view()
    with Bodies(stack, stack.inode[view.shown]) as bodies:
        return {view.path(at): bodies.open(int(stack.inode[view.shown[at]])).read() for at in range(len(view))}


NAMES = [f"f{number:03}" for number in range(50)]


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]], ids=["as they lie", "the other way round"])
def test_a_compressed_layer_is_read_once(names: list[str]) -> None:
    opened = Opened(layer([file(name, name) for name in names]))
    assert contents(Stack.from_layers([opened.laid])) == {f"/{name}": name.encode() for name in NAMES}
    assert (opened.begun, opened.tars) == (1, 1)


def test_a_link_to_nothing() -> None:
    table = read_table(io.BytesIO(layer([hardlink("a", "nowhere")])))
    stack = Stack.from_layers([StackLayer(table, TarballContent(table, io.BytesIO))])
    with Bodies(stack, np.array([0])) as bodies, pytest.raises(NotFound, match="no layer has"):
        bodies.open(0)


def test_content_that_is_not_at_hand() -> None:
    stack = Stack.from_layers([StackLayer(read_table(io.BytesIO(layer([file("a", "x")]))))])
    with Bodies(stack, np.array([0])) as bodies, pytest.raises(NotFound, match="not at hand"):
        bodies.open(0)
