"""Threads that read one file at the same time each get their own bytes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalog_stage import need_extra
from layertui.core.catalog.storage.catalog_files import catalog_files

pytestmark = pytest.mark.slow


def test_threads_do_not_meet_each_others_place(tmp_path):
    need_extra()
    from layertui.core.catalog.storage.duckdb_files import DuckdbFiles

    files = catalog_files(str(tmp_path / "c"))
    content = b"".join(b"%08d" % number for number in range(50_000))
    files.put("files/one.parquet", lambda out: out.write(content))
    file = DuckdbFiles(files, ["files/one.parquet"]).open("layertui://files/one.parquet")

    def reads(start):
        for number in range(start, 50_000, 97):
            file.seek(8 * number)
            assert file.read(8) == b"%08d" % number

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(reads, range(8)))
