"""A tar read in the ways that are meant for large ones, with all that is large made small; and what comes of each."""

import os
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from unittest.mock import patch

import numpy as np

from layertui.core.errors import LayertuiError
from layertui.core.layers import backwards, pieces, sizes, sweep, tarball
from layertui.core.layers.table import LayerTable, Sparse
from layertui.core.streams import ahead
from layertui.core.streams.window import Window

SMALL = (
    (ahead, "_SMALLEST", 512),
    (ahead, "_FIRST", 1024),
    (ahead, "_LARGEST", 2048),
    (sweep, "_FEW", 1),
    (tarball, "_BATCH", 2),
    (tarball, "_MANY", 1024),
    (pieces, "_PIECE", 2048),
    (pieces, "_LOOK_AT", 2048),
    (backwards, "_FIRST", 3072),
    (backwards, "_LEAST", 1024),
    (backwards, "_MEMBERS", 2),
    (backwards, "_STEP", 1024),
)


@contextmanager
def small(read):
    """What pays for large tars is done for small ones too; of these ``read`` blocks are looked at at once."""
    with ExitStack() as patches:
        for module, name, value in (*SMALL, (sweep, "_READ", read)):
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
        if isinstance(value, Sparse):
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
        return tarball.read_piece(window, start, end)
    except LayertuiError:
        return None


def sizes_from_both_ends(stored, heard):
    """The sizes of layers by key, where the one who goes forward hears the first so many words of the one who goes backwards."""
    order, *words = backwards.backwards(list(stored), lambda key: sizes._open(stored[key]))
    saying = iter(words[:heard])
    return sizes._sizes(stored, order, lambda wait: next(saying, None), None)
