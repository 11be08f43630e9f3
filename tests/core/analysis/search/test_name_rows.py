"""The rows of a table by name and path, beside a loop over all of them."""

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.search.globs import Glob
from layertui.core.analysis.search.linear_regex import LinearRegex
from layertui.core.analysis.search.name_rows import rows_named, rows_with_path, rows_with_regex
from layertui.core.analysis.search.path_lines import has_line_ends, path_lines
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


@given(PATHS, st.integers(1, 12))
def test_paths_as_lines(paths, piece):
    made = table(path for path in paths if "\n" not in path)
    assert not has_line_ends(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("layertui.core.analysis.search.path_lines._PIECE", piece)
        found = list(path_lines(made))
    lines = [line for _, text in found for line in text.split(b"\n")]
    assert lines == [made.path(row).encode("utf-8", "surrogateescape") for row in range(len(made))]
    before = [0, *accumulate(text.count(b"\n") + 1 for _, text in found)]
    assert [first for first, _ in found] == before[:-1]


def test_a_folder_below_a_long_path_is_cut():
    """Hundreds of paths of a hundred kilobytes each are not made at once."""
    deep = "/".join(["n" * 200] * 500)
    made = table(f"{deep}/{number:04}" for number in range(200))
    assert max(len(text) for _, text in path_lines(made)) < 4 << 20
    assert sum(1 for _, text in path_lines(made) for line in text.split(b"\n") if line.endswith(b"/0199")) == 1


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
