"""Which small files are merged while more are added: few are left at any time, and a row is written again a few times only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_stage import need_extra
from layertui.core.catalog.storage.catalog_state import CatalogState, StoredFile

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("extra")]


@pytest.fixture(scope="module")
def extra():
    need_extra()


def added(rows, *, each=16):
    """The state after files with these rows were added, some at a time, and due ones merged; how many rows merges wrote, and the most files."""
    from layertui.core.catalog.storage.merge_files import due_files

    state, written, most = CatalogState(), 0, 0
    for number, count in enumerate(rows):
        state = state.changed({"files": [StoredFile(f"files/{number}", count, 1)]})
        while number % each == 0 and (small := due_files(state, "files")):
            assert len(small) > 1
            total = sum(file.rows for file in small)
            written += total
            one = StoredFile(f"files/m{state.number}", total, 1)
            state = state.changed({"files": [one]}, {file.name for file in small})
        most = max(most, len(state.of("files")))
    return state, written, most


@given(st.lists(st.integers(1, 6_000_000), max_size=900))
def test_no_row_is_lost_and_few_small_files_are_left(rows):
    from layertui.core.catalog.storage.merge_files import small_files

    state, _, _ = added(rows)
    assert state.rows("files") == sum(rows)
    assert len(small_files(state, "files")) <= 256 + 16


def test_a_row_of_a_hundred_thousand_layers_is_written_again_a_few_times():
    rows = [50] * 100_000
    state, written, most = added(rows, each=100)
    assert state.rows("files") == sum(rows)
    assert most <= 256 + 100
    assert written <= 12 * sum(rows)


def test_files_that_others_merge_are_left_to_them():
    from layertui.core.catalog.storage.merge_files import due_files

    files = [StoredFile(f"files/{number}", 10, 1) for number in range(300)]
    state = CatalogState().changed({"files": files})
    first = {file.name for file in due_files(state, "files")}
    assert len(first) == 300
    assert due_files(state, "files", first) == []
    assert len(due_files(state, "files", {file.name for file in files[:43]})) == 257
    assert due_files(state, "files", {file.name for file in files[:44]}) == []
