"""What no machine has room for is refused in one line that names the limit; tried with the limits lowered."""

import io

import numpy as np
import pytest

from builders import file, folder, layer
from layertui.core.errors import LimitExceeded
from layertui.core.layers.stack.layer_counts import counts
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.layer_tar import read_table
from layertui.core.streams.tar.tar_contents import Header, TarWriter
from rawtar import block


def tar(*names):
    return io.BytesIO(layer([file(name) for name in names]))


def refused(raw, name):
    with pytest.raises(LimitExceeded, match=f"LAYERTUI_MAX_{name} ") as caught:
        read_table(raw)
    assert "\n" not in str(caught.value)


def test_more_members_than_are_looked_at(lower):
    lower(entries=5)
    assert len(read_table(tar(*"abcde"))) == 5
    refused(tar(*"abcdef"), "ENTRIES")
    refused(tar(*"abcd", "e/f/g"), "ENTRIES")  # implied folders count too


def test_longer_names_than_are_looked_at(lower):
    lower(names=1000)
    refused(tar(*(f"{number}" * 90 for number in range(10, 20))), "NAMES")


def test_folders_that_a_path_of_many_levels_stands_for(lower):
    lower(names=100_000)
    assert len(read_table(tar("a/" * 200 + "f"))) == 201
    refused(tar(*(f"{number}/" + "a/" * 200 + "f" for number in range(10))), "NAMES")


@pytest.mark.slow
def test_a_path_that_is_too_long():
    assert len(read_table(tar("a/" * 10_000 + "f"))) == 10_001
    refused(tar("a/" * 20_000 + "f"), "PATH")


def test_layers_that_are_too_many_together(lower):
    layers = [StackLayer(read_table(tar("a", "b"))), StackLayer(read_table(tar("c", "d")))]
    lower(entries=3)
    with pytest.raises(LimitExceeded, match=r"the layers have .*LAYERTUI_MAX_ENTRIES"):
        Stack.from_layers(layers)


def test_paths_as_long_as_the_kernel_takes():
    name = "/".join(["x" * 255] * 16)[:4096]
    stack = Stack.from_layers([StackLayer(read_table(tar(name, name[:-1])))] * 2)
    assert stack.view().get("/" + name).layer == 2


@pytest.mark.slow
def test_ten_thousand_levels_in_three_layers():
    deep = StackLayer(read_table(tar("a/" * 10_000 + "f")))
    view = Stack.from_layers([deep] * 3).view()
    assert len(view) == 10_001
    assert view.depth.max() == 10_001
    assert view.total_size == 0


@pytest.mark.slow
def test_a_hundred_thousand_entries_in_one_folder():
    out = io.BytesIO()
    writer = TarWriter(out)
    for number in range(100_000):
        writer.add(Header(b"d/%d" % number), None)
    writer.close()
    out.seek(0)
    view = Stack.from_layers([StackLayer(read_table(out))]).view()
    assert len(view.children(0)) == 100_000


def test_a_sparse_file_of_eight_terabytes():
    slots = bytes(12) + (512).to_bytes(12, "big").replace(b"\0", b"\x80", 1) + bytes(73)
    slots += b"\x80" + (8 << 40).to_bytes(11, "big")
    head = block(b"big", b"S", 512, magic=b"ustar  ", tail=bytes(41) + slots)
    found = read_table(io.BytesIO(head + b"x" * 512 + bytes(1024)))
    assert (int(found.size_of[0]), found.size) == (8 << 40, 8 << 40)


def test_two_hundred_layers():
    one = StackLayer(read_table(io.BytesIO(layer([folder("d"), *(file(f"d/{number}") for number in range(50))]))))
    stack = Stack.from_layers([one] * 200)
    assert [did.added for did in counts(stack)] == [51] + [0] * 199
    assert np.unique(stack.view().layer[1:]).tolist() == [200]
