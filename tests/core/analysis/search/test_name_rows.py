"""The rows of a table by name and path, beside a loop over all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.search.globs import Glob
from layertui.core.analysis.search.linear_regex import LinearRegex
from layertui.core.analysis.search.name_rows import rows_named, rows_with_path, rows_with_regex
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.progress import Progress

NAMES = st.sampled_from(["a", "aa", "aaa", "b", "aB", "ab.so", "é", "lib", "Lib.so", "x\ny", "\udcff"])
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=12)
GLOBS = st.lists(st.sampled_from(["a", "b", "é", ".so", "*", "?", "[aL]", "ib"]), min_size=1, max_size=4).map("".join)


def table(paths):
    build = TableBuilder()
    for path in paths:
        build.add(path.encode("utf-8", "surrogateescape"), Kind.DIR)
    return build.build()


@given(PATHS, GLOBS, st.booleans())
def test_names(paths, glob, ignore_case):
    made, one = table(paths), Glob(glob, ignore_case)
    names = [made.name(row).decode("utf-8", "surrogateescape") for row in range(len(made))]
    assert rows_named(made, one, Progress()).tolist() == [row for row, name in enumerate(names) if one.matches(name)]


@given(PATHS, GLOBS.map("/{}".format) | GLOBS, st.booleans())
def test_paths(paths, glob, ignore_case):
    made, one = table(paths), Glob(glob, ignore_case)
    found = rows_with_path(made, np.arange(len(made)), one, Progress())
    assert found.tolist() == [row for row in range(len(made)) if one.matches(made.path(row))]


@given(PATHS, st.sampled_from(["a+$", "^/a", "b|é", "/lib/", "(?i)LIB", r"\Aa|\A/b", "y$", "o\\b", "x.y", "^/$"]))
def test_regular_expressions(paths, source):
    made, regex = table(paths), LinearRegex(source)
    found = rows_with_regex(made, np.arange(len(made)), regex, Progress())
    alone = [regex.in_line(made.path(row).encode("utf-8", "surrogateescape")) for row in range(len(made))]
    assert found.tolist() == [row for row, fits in enumerate(alone) if fits]


@pytest.mark.parametrize("glob", ["*.so", "lib*", "*a*b*", "lib0000001.so", "/d/*/lib*9.so"])
def test_many_names(glob):
    paths = [f"d/{number % 7}/lib{number:07}.so" for number in range(3000)]
    made = table(paths)
    one = Glob(glob)
    if glob.startswith("/"):
        assert len(rows_with_path(made, np.arange(len(made)), one, Progress())) == 300
    else:
        expected = [row for row in range(len(made)) if one.matches(made.name(row).decode())]
        assert rows_named(made, one, Progress()).tolist() == expected


def test_a_table_without_rows():
    assert rows_named(table([]), Glob("*a*"), Progress()).tolist() == []
    assert rows_named(table([]), Glob("a"), Progress()).tolist() == []
