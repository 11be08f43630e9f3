"""The rows of the tree, against a naive walk over a dict."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.tui.widgets.files import tree_rows
from layertui.tui.widgets.files.tree_rows import TreeRows

NAMES = st.sampled_from(["a", "b", "c"])
SIZES = st.lists(st.integers(0, 3), min_size=1, max_size=5)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=1, max_size=25, unique=True)


def view_of(paths, sizes=None):
    builder = TableBuilder()
    folders = {path.rpartition("/")[0] for path in paths}
    folders |= {
        "/".join(parts[:n]) for parts in (path.split("/") for path in folders) for n in range(1, len(parts) + 1)
    }
    for number, path in enumerate(sorted({*paths, *folders} - {""})):
        if path in folders:
            builder.add(path.encode(), Kind.DIR, mode=0o755)
        else:
            size = sizes[number % len(sizes)] if sizes else number
            builder.add(path.encode(), Kind.FILE, size=size)
    return Stack.from_layers([StackLayer(builder.build())]).view()


def naive(view, is_open, mask=None, key=None):
    """The rows by walking down from the top."""
    paths = [view.path(index) for index in range(len(view))]
    wanted = None if mask is None else {paths[index] for index in np.flatnonzero(mask)}
    kept = wanted and {path for path in paths if any(_related(path, one) for one in wanted)}
    rows = []

    def walk(above):
        inside = [index for index, path in enumerate(paths) if path.rpartition("/")[0] == above]
        if key is not None:
            inside.sort(key=lambda index: (key(index), index))
        for index in inside:
            path = paths[index]
            if wanted is not None and path not in (kept or ()):
                continue
            rows.append(index)
            below = is_open[index] if wanted is None else any(one.startswith(path + "/") for one in wanted)
            if below:
                walk(path)

    walk("")
    return rows


def _related(path, one):
    return path == one or one.startswith(path + "/") or path.startswith(one + "/")


@pytest.fixture(params=[0, 64], ids=["by columns", "by walking"], autouse=True, scope="module")
def few(request):
    """Few open folders are walked through, of many their columns are taken: both ways in turn."""
    with patch.object(tree_rows, "FEW", request.param):
        yield


@pytest.mark.slow
@given(paths=PATHS, sizes=SIZES, order=st.sampled_from(["name", "size"]), data=st.data())
def test_rows_are_what_a_walk_finds_whatever_is_folded(paths, sizes, order, data):
    view = view_of(paths, sizes)
    shape = TreeRows(view, np.zeros(len(view), bool), order=order)
    key = None if order == "name" else lambda index: -int(view.total[index])
    is_open = [False] * len(view)
    for _ in range(data.draw(st.integers(0, 8))):
        index = data.draw(st.integers(0, len(view) - 1))
        if shape.is_folder(index):
            is_open[index] = not is_open[index]
            shape.set_open(index, is_open=is_open[index])
            assert shape.rows.tolist() == naive(view, is_open, key=key)
        if data.draw(st.booleans()):
            shape = TreeRows(view, np.array(is_open), order=order)
            assert shape.rows.tolist() == naive(view, is_open, key=key)


@pytest.mark.slow
@given(paths=PATHS, data=st.data())
def test_with_a_mask_only_what_fits_and_leads_there_shows(paths, data):
    view = view_of(paths)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(view), max_size=len(view))))
    shape = TreeRows(view, np.zeros(len(view), bool), mask=mask)
    assert shape.rows.tolist() == (naive(view, [], mask) if mask.any() else [])


@pytest.mark.slow
@given(paths=PATHS, sizes=SIZES, data=st.data())
def test_in_another_order_folders_keep_what_is_in_them(paths, sizes, data):
    view = view_of(paths, sizes)
    is_open = data.draw(st.lists(st.booleans(), min_size=len(view), max_size=len(view)))
    shape = TreeRows(view, np.array(is_open), order="size")
    assert shape.rows.tolist() == naive(view, is_open, key=lambda index: -int(view.total[index]))
    for row, index in enumerate(shape.rows.tolist()):
        assert shape.row_of(index) == row


@pytest.mark.slow
@given(paths=PATHS, data=st.data())
def test_going_from_find_to_find_meets_each_one_and_comes_round(paths, data):
    view = view_of(paths)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(view), max_size=len(view))))
    shape = TreeRows(view, np.zeros(len(view), bool), mask=mask)
    finds = np.flatnonzero(mask).tolist()
    if not finds:
        assert shape.next_match(0, 1) is None
        return
    met, row = [], -1
    for _ in finds:
        row = shape.next_match(row, 1)
        met.append(shape.at(row))
    assert met == finds
    assert shape.at(shape.next_match(row, 1)) == finds[0]
    assert shape.at(shape.next_match(shape.row_of(finds[0]), -1)) == finds[-1]


def test_what_does_not_show_is_near_the_folder_around_it():
    view = view_of(["a/b/c", "d"])
    shape = TreeRows(view, np.zeros(len(view), bool))
    assert shape.nearest(view.find("/a/b/c")) == shape.row_of(view.find("/a"))
    shape.open_around(view.find("/a/b/c"))
    assert shape.nearest(view.find("/a/b/c")) == shape.row_of(view.find("/a/b/c"))


@pytest.mark.parametrize("is_open", [True, False])
def test_everything_at_once(is_open):
    view = view_of(["a/b/c", "a/d", "e/f"])
    shape = TreeRows(view, np.full(len(view), not is_open))
    shape.set_all(is_open=is_open)
    assert len(shape) == (len(view) if is_open else 2)


@pytest.mark.slow
def test_a_hundred_thousand_entries_fold_in_no_time():
    view = view_of([f"{number // 1000:03}/{number % 1000:03}" for number in range(100_000)])
    shape = TreeRows(view, np.ones(len(view), bool))
    assert len(shape) == 100_100
    shape.set_open(0, is_open=False)
    assert len(shape) == 99_100
