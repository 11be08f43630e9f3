"""A catalog that is looked at: while nothing is added, a look costs two questions about a file; what is added is told."""

import pytest

from builders import docker_archive, file, image, layer
from catalog_stage import fill, need_extra, own_settings
from layertui.core.catalog.engine import catalog_events
from layertui.core.catalog.storage import catalog_files, catalog_state
from layertui.core.errors import Cancelled, UsageError
from layertui.core.inspector import Inspector
from layertui.core.progress import Progress

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("extra")]


@pytest.fixture
def extra():
    need_extra()


@pytest.fixture
def settings(tmp_path):
    found = own_settings(tmp_path)
    for name in ("one", "two"):
        docker_archive(image([layer([file(name)])], tags=[f"{name}:1"]), tmp_path / f"{name}.tar")
    fill(found.catalog, tmp_path / "one.tar", settings=found)
    return found


def test_what_another_process_adds_is_told_and_nothing_else_is_read(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog_events, "_EVERY", 0.02)
    monkeypatch.setattr(catalog_events, "_POLL", 0.01)
    looks = []
    is_newest = catalog_state.is_newest

    def counted(files, number):
        looks.append(number)
        return is_newest(files, number) and len(looks) < 6

    with Inspector(settings) as inspector:
        there = inspector.of("catalog")
        progress = Progress()
        assert len(there.images.list()) == 1
        monkeypatch.setattr(catalog_state, "is_newest", counted)
        monkeypatch.setattr(catalog_files.CatalogFiles, "read", lambda *_: pytest.fail("read"))
        monkeypatch.setattr(catalog_files.FolderFiles, "names", lambda *_: pytest.fail("listed"))
        told = there.changes(None, progress)
        with pytest.raises(pytest.fail.Exception):
            next(told)  # goes on to read the state once there is another one
        assert len(looks) == 6
        monkeypatch.undo()
        fill(settings.catalog, tmp_path / "two.tar", settings=settings)
        assert len(there.images.list()) == 2
        progress.cancel()
        with pytest.raises(Cancelled):
            next(there.changes(None, progress))


def test_it_says_life_and_has_no_events_of_the_past(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog_events, "_EVERY", 0.02)
    monkeypatch.setattr(catalog_events, "_POLL", 0.01)
    with Inspector(settings) as inspector:
        there = inspector.of("catalog")
        numbers = iter([1, 1, 1, 2, 2, 3])
        told = catalog_events.CatalogEvents(lambda: next(numbers)).changes(None, Progress())
        assert [next(told), next(told)] == [frozenset({"life"})] * 2
        with pytest.raises(UsageError, match="catalog diff"):
            there.events(past=True, follow=False)


def test_a_state_that_is_gone_is_not_the_newest(settings, tmp_path):
    files = catalog_files.catalog_files(settings.catalog)
    number = catalog_state.read_state(files).number
    assert catalog_state.is_newest(files, number)
    assert not catalog_state.is_newest(files, number - 1)
    (tmp_path / "store/catalog/state" / f"{number:012d}.json").unlink()
    assert not catalog_state.is_newest(files, number)
