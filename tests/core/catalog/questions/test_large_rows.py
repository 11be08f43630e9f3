"""Rows with long texts, which Parquet stores once for all: an answer comes in pieces whose memory does not grow with them."""

import os
import subprocess
import sys

import pytest

from catalog_stage import fill, need_extra, own_settings
from layertui.core.inspector import Inspector

pytestmark = pytest.mark.slow

NAME = 200_000  # characters
ROWS = 25_000  # 5 GB of names, of which the file has one


@pytest.fixture
def catalog(tmp_path):
    need_extra()
    import duckdb

    settings = own_settings(tmp_path)
    with Inspector(settings) as inspector:
        inspector.images.demo()
    fill(tmp_path / "c", "embedded", settings=settings)
    file = next((tmp_path / "c/files").iterdir())
    first = f"(FROM read_parquet('{file}') LIMIT 1)"
    rows = duckdb.sql(f"SELECT * REPLACE (repeat('n', {NAME}) AS name) FROM {first}, range({ROWS})").project(
        "* EXCLUDE range"
    )
    rows.write_parquet(str(tmp_path / "large"))
    os.replace(tmp_path / "large", file)
    return tmp_path / "c"


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"], ["--arrow"]])
def test_an_answer_of_long_texts_takes_memory_for_a_piece_of_it(catalog, tmp_path, form):
    query = "SELECT name, folder FROM files"
    words = [sys.executable, "-m", "layertui", "--store", str(tmp_path / "store"), "catalog", "sql", *form, query]
    child = subprocess.Popen([*words, "--catalog", str(catalog)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    seen = 0
    while seen < 40 * NAME and (part := child.stdout.read(1 << 20)):
        seen += len(part)
    with open(f"/proc/{child.pid}/status") as status:
        most = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    child.stdout.close()
    child.kill()
    child.communicate()
    assert seen >= 40 * NAME
    assert most < 2 << 20  # KiB: what DuckDB may have for itself


def test_small_pieces_are_joined_and_large_ones_cut():
    need_extra()
    import pyarrow as pa

    from layertui.core.catalog.questions.catalog_database import pieces

    small = [pa.record_batch({"n": pa.array([number] * 100)}) for number in range(2000)]
    large = pa.record_batch({"n": pa.array(range(8_000_000))})
    found = list(pieces([*small, large, small[0]]))
    assert pa.Table.from_batches(found).equals(pa.Table.from_batches([*small, large, small[0]]).combine_chunks())
    assert max(piece.nbytes for piece in found) <= 16 << 20
    assert len(found) < 20
    assert list(pieces([])) == []
