"""A tar read in the ways that are meant for large ones, with all that is large made small; and what comes of each."""

import os
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from unittest.mock import patch

import numpy as np

from layertui.core.errors import LayertuiError
from layertui.core.fs.file_window import Window
from layertui.core.layers.cache import backward_sizes, layer_pieces, layer_sizes
from layertui.core.layers.table import header_sweep, layer_tar
from layertui.core.layers.table.layer_table import LayerTable, SparseColumn
from layertui.core.streams import read_ahead

SMALL = (
    (read_ahead, "_SMALLEST", 512),
    (read_ahead, "_FIRST", 1024),
    (read_ahead, "_LARGEST", 2048),
    (header_sweep, "_FEW", 1),
    (layer_tar, "_BATCH", 2),
    (layer_tar, "_MANY", 1024),
    (layer_pieces, "_PIECE", 2048),
    (layer_pieces, "_LOOK_AT", 2048),
    (backward_sizes, "_FIRST", 3072),
    (backward_sizes, "_LEAST", 1024),
    (backward_sizes, "_MEMBERS", 2),
    (backward_sizes, "_STEP", 1024),
)


@contextmanager
def small(read):
    """What pays for large tars is done for small ones too; of these ``read`` blocks are looked at at once."""
    with ExitStack() as patches:
        for module, name, value in (*SMALL, (header_sweep, "_READ", read)):
            patches.enter_context(patch.object(module, name, value))
        yield


@contextmanager
def in_a_file(content):
    fd = os.memfd_create("layer")
    os.write(fd, content)
    with Window(fd) as window:
        os.close(fd)
        yield window


def said(table):
    """All that a table has; the owners as names, since their numbers depend on how many headers were read at once."""
    if not isinstance(table, LayerTable):
        return table
    values = {}
    for name in LayerTable.__slots__:
        value = getattr(table, name, None) if name != "__weakref__" else None
        if isinstance(value, SparseColumn):
            value = {int(row): value.get(int(row)) for row in value.rows}
        values[name] = value.tolist() if isinstance(value, np.ndarray) else value
    owners = values.pop("owners")
    return {**values, "owner": [owners[number] for number in values["owner"]]}


def outcome(of, *how):
    """What a call gives, or the kind of its error."""
    try:
        return said(of(*how))
    except LayertuiError as error:
        return type(error)


def pieces_of(window, cuts):
    """The table of each piece; None for one that is to be had only from the whole."""
    return [_piece(window, *ends) for ends in pairwise([0, *cuts, window.size])]


def _piece(window, start, end):
    try:
        return layer_tar.read_piece(window, start, end)
    except LayertuiError:
        return None


def sizes_from_both_ends(stored, heard):
    """The sizes of layers by key, where the one who goes forward hears the first so many words of the one who goes backwards."""
    order, *words = backward_sizes.backwards(list(stored), lambda key: layer_sizes._open(stored[key]))
    saying = iter(words[:heard])
    return layer_sizes._sizes(stored, order, lambda wait: next(saying, None), None)
