"""A question that needs more memory than it may have is refused, and writes nothing into the folder where the user is."""

import pytest

from catalog_stage import need_extra
from layertui.core.catalog.storage.catalog_files import catalog_files
from layertui.core.catalog.storage.catalog_state import CatalogState
from layertui.core.errors import LayertuiError, LimitExceeded

pytestmark = pytest.mark.slow

LARGE = "SELECT r, hash(r)::VARCHAR || repeat('x', 100) AS s FROM range(2000000) t(r) ORDER BY s"


def test_what_does_not_fit_in_memory_is_refused_and_not_written_where_the_user_is(tmp_path, monkeypatch):
    need_extra()
    from layertui.core.catalog.questions import catalog_database

    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    little = tuple(line.replace("2GB", "60MB") for line in catalog_database._LOCKED)
    assert little != catalog_database._LOCKED
    monkeypatch.setattr(catalog_database, "_LOCKED", little)
    with catalog_database.CatalogDatabase(catalog_files(str(tmp_path / "c")), CatalogState()) as database:
        with pytest.raises(LimitExceeded, match="more than"):
            next(iter(database.read_only(LARGE)))
        assert not list(here.iterdir())


def test_an_error_in_a_later_piece_of_an_answer_is_one_line(tmp_path):
    need_extra()
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase

    late = "SELECT CASE WHEN r = 150000 THEN error('late') ELSE r END FROM range(200000) t(r)"
    with CatalogDatabase(catalog_files(str(tmp_path / "c")), CatalogState()) as database:
        answer = iter(database.read_only(late))
        with pytest.raises(LayertuiError, match=r"^the catalog cannot answer: Invalid Input Error: late$"):
            list(answer)
