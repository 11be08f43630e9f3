"""A catalog whose rows somebody else has written: what they cannot mean is one error, and no bug of ours."""

from contextlib import suppress

import pytest

from catalog_stage import fill, need_extra, own_settings
from command_line import layertui
from layertui.core.bounds import bounds, set_bounds
from layertui.core.catalog.engine.catalog_images import CatalogImages
from layertui.core.errors import LayertuiError
from layertui.core.inspector import Inspector
from layertui.core.progress import quiet
from layertui.core.settings import Settings

pytestmark = pytest.mark.slow

STRANGE = {
    "an image without a name": ("images", "NULL::VARCHAR AS image"),
    "an image without an ID": ("images", "NULL::VARCHAR AS id"),
    "a config that is none": ("images", "'{' AS config"),
    "a type that there is not": ("files", "'strange' AS type"),
    "a name that is a number": ("files", "5 AS name"),
    "no folder": ("files", "NULL::VARCHAR AS folder"),
    "a size below nothing": ("files", "(-5)::BIGINT AS size"),
    "bytes below nothing": ("stacks", "[(-5)::BIGINT] AS stored"),
    "no bytes": ("stacks", "NULL::BIGINT[] AS stored"),
    "a layer of no bytes": ("layers", "NULL::BIGINT AS stored_size"),
    "a time after all calendars": ("images", "make_timestamptz(9223372036854775806) AS seen"),
    "a time before all calendars": ("images", "make_timestamptz(-9223372022400000000) AS seen"),
    "the last day": ("images", "'9999-12-31 23:59:59+00'::TIMESTAMPTZ AS seen"),
    "hidden in no layer": ("hidden", "NULL::SMALLINT AS hidden_in"),
    "hidden of no layer": ("hidden", "NULL::SMALLINT AS layer"),
    "no mode": ("files", "NULL::SMALLINT AS mode"),
    "no size": ("files", "NULL::BIGINT AS size"),
    "a row without a number": ("files", "NULL::INTEGER AS row"),
    "a mode below nothing": ("files", "(-32768)::SMALLINT AS mode"),
    "an owner beyond all": ("files", "9223372036854775807::BIGINT AS uid"),
    "a size beyond all": ("files", "9223372036854775807::BIGINT AS size"),
    "a time of a file beyond all": ("files", "9223372036854775807::BIGINT AS mtime"),
    "an inode beyond all": ("files", "2147483647::INTEGER AS inode"),
}


@pytest.fixture
def catalog(tmp_path):
    need_extra()
    settings = own_settings(tmp_path)
    with Inspector(settings) as inspector:
        inspector.images.demo()
    fill(tmp_path / "c", "embedded", settings=settings)
    return tmp_path / "c"


def replace_everywhere(folder, value):
    import duckdb

    for file in folder.iterdir():
        rows = duckdb.sql(f"SELECT * REPLACE ({value}) FROM read_parquet('{file}')").to_arrow_table()
        file.unlink()
        duckdb.from_arrow(rows).write_parquet(str(file))


@pytest.mark.parametrize("what", STRANGE)
def test_rows_that_mean_nothing_are_one_error(catalog, tmp_path, what):
    from layertui.core.analysis.search.file_query import FileQuery

    table, value = STRANGE[what]
    replace_everywhere(catalog / table, value)
    images = CatalogImages(str(catalog))
    listed = images.list()
    assert len(listed) + images.unreadable(listed) > 0
    with Inspector(Settings(store=tmp_path / "store", engine=f"catalog:{catalog}")) as inspector:
        for question in (
            lambda: images.repository_sizes(quiet()),
            lambda: [*images.find(FileQuery(), quiet())],
            lambda: len(inspector.view(inspector.open("demo:1.0"))),
            lambda: len(inspector.view(inspector.open("busybox"))),
        ):
            with suppress(LayertuiError):  # it answers, or says in our words why not
                question()
    for words in (
        ["would-free", "demo:1.0"],
        ["diff", "2020-01-01"],
        ["layers"],
        ["sql", f"SELECT * FROM {'images_log' if table == 'images' else table}"],
        ["find", "-l"],
        ["find", "--json"],
    ):
        done = layertui("catalog", *words, "--catalog", str(catalog), store=tmp_path / "store")
        assert done.code in (0, 1, 2)
        assert "unexpected" not in done.err


@pytest.mark.parametrize("column", ["name", "folder", "link"])
def test_a_path_that_no_layer_may_have_is_an_error_that_names_the_limit(catalog, tmp_path, column):
    replace_everywhere(catalog / "files", f"repeat('a', 200000) AS {column}")
    done = layertui("catalog", "find", "--name", "*", "--catalog", str(catalog), store=tmp_path / "store")
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("error: a path in the catalog has 200,0")
    assert "LAYERTUI_MAX_PATH" in done.err
    assert done.err.count("\n") == 1


def test_the_paths_of_an_answer_have_a_limit_together(catalog, tmp_path):
    before = bounds()
    set_bounds(before._replace(names=1 << 10))
    try:
        done = layertui("catalog", "find", "--name", "*", "--catalog", str(catalog), store=tmp_path / "store")
    finally:
        set_bounds(before)
    assert (done.code, done.out) == (1, b"")
    assert "LAYERTUI_MAX_NAMES" in done.err


def test_an_answer_that_is_too_large_for_memory_ends_before_it_is_whole(catalog, tmp_path, monkeypatch):
    """A text that is stored once may stand in each of millions of rows."""
    from layertui.core.catalog.questions import catalog_database

    monkeypatch.setattr(catalog_database, "_LARGEST", 10_000)
    done = layertui("catalog", "find", "--name", "*", "--catalog", str(catalog), store=tmp_path / "store")
    assert (done.code, done.out) == (1, b"")
    assert "more than 2GB of memory" in done.err
