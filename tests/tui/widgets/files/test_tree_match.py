"""Filters as array work find what a look at each path finds."""

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layertui.core.errors import Cancelled
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.progress import Progress, quiet
from layertui.tui.widgets.files.tree_match import mask_of
from layertui.tui.widgets.text.text_match import Pattern

NAME = st.text("aAb.[\né", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(st.lists(NAME, min_size=1, max_size=3).map("/".join), min_size=1, max_size=12, unique=True)


def stack_of(*layers):
    laid = []
    for paths in layers:
        builder = TableBuilder()
        for path in paths:
            builder.add(path.encode(), Kind.FILE, size=1)
        laid.append(StackLayer(builder.build()))
    return Stack.from_layers(laid)


def found(view, typed, **more):
    mask = mask_of(view, Pattern.of(typed), progress=quiet(), only_changes=False, **more)
    return {view.path(index) for index in np.flatnonzero(mask)}


def expected(view, typed):
    """Text with slashes: the last part begins a name, the first one ends a folder's."""
    pattern = Pattern.of(typed)
    paths = [view.path(index) for index in range(len(view))]
    if not pattern.whole_path:
        return {path for path in paths if re.search(pattern.source, path.rpartition("/")[2], pattern.flags)}
    if pattern.kind == "text":
        start = "^" if typed.startswith("/") else ""
        return {path for path in paths if re.search(f"{start}{re.escape(typed)}[^/]*$", path, pattern.flags)}
    return {path for path in paths if re.search(pattern.source, path, pattern.flags)}


@pytest.mark.slow
@given(
    lower=PATHS,
    upper=PATHS,
    typed=st.one_of(NAME, st.lists(NAME, min_size=2, max_size=3).map("/".join), NAME.map("/{}".format)),
)
@example(["a/b", "ab"], ["b"], "a/b")
@example(["a", "b"], ["a"], "ab")
@example(["a/a/b", "b/a/a/a"], [], "a/a/b")
@example(["aaa/a/aaa", "aaa/aaa/aa"], [], "a/aa")
def test_text_finds_what_a_look_at_each_path_finds(lower, upper, typed):
    folders = {"/".join(path.split("/")[:n]) for path in (*lower, *upper) for n in range(1, path.count("/") + 1)}
    view = stack_of(
        [path for path in lower if path not in folders], [path for path in upper if path not in folders]
    ).view()
    assert found(view, typed) == expected(view, typed)


@pytest.mark.parametrize("typed", ["*.py", "m?d", "/^m/", "usr/*", "usr/**/x.py", "/[xy]\\.py$/"])
def test_globs_and_expressions_do_too(typed):
    view = stack_of(["usr/lib/x.py", "usr/y.py", "mad", "usr/mod"], ["usr/lib/z.txt", "mid"]).view()
    assert found(view, typed) == expected(view, typed) != set()


def test_names_that_are_no_utf8_are_found():
    builder = TableBuilder()
    builder.add(b"\xff\xfe", Kind.FILE)
    builder.add(b"plain", Kind.FILE)
    view = Stack.from_layers([StackLayer(builder.build())]).view()
    assert found(view, "\udcff") == {"/\udcff\udcfe"}


def test_only_what_changed():
    view = stack_of(["a", "b"], ["b", "c"]).view()
    mask = mask_of(view, None, only_changes=True, progress=quiet())
    assert [view.path(index) for index in np.flatnonzero(mask)] == ["/b", "/c"]
    both = mask_of(view, Pattern.of("c"), only_changes=True, progress=quiet())
    assert [view.path(index) for index in np.flatnonzero(both)] == ["/c"]
    assert mask_of(view, None, only_changes=False, progress=quiet()) is None


@pytest.mark.parametrize("typed", ["*9", "/9/", "**/9", "a/*9"])
def test_a_long_search_can_be_stopped(typed):
    view = stack_of([f"{number:06}" for number in range(50_000)]).view()
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        mask_of(view, Pattern.of(typed), only_changes=False, progress=progress)


@pytest.mark.slow
def test_a_search_that_is_stopped_has_put_no_more_paths_together(monkeypatch):
    view = stack_of([f"{number:06}" for number in range(50_000)]).view()
    progress, asked = Progress(), []
    names = Stack.names
    monkeypatch.setattr(Stack, "names", lambda self, places: asked.append(len(places)) or names(self, places))
    progress.cancel()
    with pytest.raises(Cancelled):
        mask_of(view, Pattern.of("**/9"), only_changes=False, progress=progress)
    assert sum(asked) < 50_000
