"""A catalog whose rows somebody else has written: what they cannot mean is one error, and no bug of ours."""

from contextlib import suppress

import pytest

from catalog_stage import fill, need_extra, own_settings
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
}


@pytest.fixture
def catalog(tmp_path):
    need_extra()
    settings = own_settings(tmp_path)
    with Inspector(settings) as inspector:
        inspector.images.demo()
    fill(tmp_path / "c", "embedded", settings=settings)
    return tmp_path / "c"


@pytest.mark.parametrize("what", STRANGE)
def test_rows_that_mean_nothing_are_one_error(catalog, tmp_path, what):
    import duckdb

    from layertui.core.analysis.search.file_query import FileQuery

    table, value = STRANGE[what]
    for file in (catalog / table).iterdir():
        rows = duckdb.sql(f"SELECT * REPLACE ({value}) FROM read_parquet('{file}')").to_arrow_table()
        file.unlink()
        duckdb.from_arrow(rows).write_parquet(str(file))
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
