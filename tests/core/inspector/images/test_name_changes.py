"""A tag and an untag are taken back so that each name is where it was, or it is not offered."""

from dataclasses import replace

import pytest

from builders import docker_archive, file, image, layer
from layertui.core.engines.engine import About
from layertui.core.errors import Conflict, NotFound
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from memory_engine import NAME, memory_engine
from tui_values import opened

ONE = image([layer([file("one")])], tags=["one:1", "one:2"])
TWO = image([layer([file("two")])], tags=["two:1"])


@pytest.fixture
def inspector(tmp_path):
    found = Inspector(Settings.load(store=tmp_path / "store"))
    for number, built in enumerate((ONE, TWO)):
        found.images.load(docker_archive(built, tmp_path / f"{number}.tar"))
    return found


def names(inspector):
    return {str(one.id): sorted(name.familiar for name in one.names) for one in inspector.images.list()}


@pytest.mark.parametrize(
    ("image", "new"), [("one:1", "new:1"), ("one:1", "two:1"), ("two:1", "one:2"), ("two:1", "two")]
)
def test_a_tag_is_taken_back(inspector, image, new):
    before = names(inspector)
    change = inspector.images.tag_reversibly(image, new)
    assert names(inspector) != before
    inspector.images.take_back(change)
    assert names(inspector) == before


def test_a_tag_of_an_image_without_a_name_is_taken_back(inspector):
    inspector.images.tag("one:1", "two:1")  # the other image has no name now
    before = names(inspector)
    nameless = next(one for one, own in before.items() if not own)
    inspector.images.take_back(inspector.images.tag_reversibly(nameless, "again:1"))
    assert names(inspector) == before


def test_a_tag_that_changes_nothing_has_no_way_back(inspector):
    assert inspector.images.tag_reversibly("one:1", "one:2") is None


def test_an_untag_is_taken_back_and_a_delete_is_not(inspector):
    before = names(inspector)
    removed, change = inspector.images.remove_reversibly("one:2")
    assert [name.familiar for name in removed.untagged] == ["one:2"]
    inspector.images.take_back(change)
    assert names(inspector) == before
    removed, change = inspector.images.remove_reversibly("two:1")
    assert removed.deleted
    assert change is None


def test_what_was_changed_since_stays(inspector):
    change = inspector.images.tag_reversibly("one:1", "new:1")
    inspector.images.tag("two:1", "new:1")
    before = names(inspector)
    with pytest.raises(Conflict, match="changed by something else"):
        inspector.images.take_back(change)
    assert names(inspector) == before


def test_an_image_that_is_gone_gets_no_name(inspector):
    _, change = inspector.images.remove_reversibly("one:2")
    inspector.images.remove("one:1")
    with pytest.raises(NotFound, match="is gone"):
        inspector.images.take_back(change)


@pytest.fixture
def daemon(tmp_path):
    """An engine that deletes an image with its last name, as daemons do."""

    class Sink:
        def __init__(self, images):
            self.tag, self.remove, self.put = images.tag, images.remove, images.put

    def engine(settings, catalog):
        made = memory_engine(tmp_path, *opened(ONE, TWO), catalog=catalog)
        about = About("docker", "unix:///docker.sock", lambda: "29")
        return replace(made, sink=Sink(made.images), about=about)

    return Inspector(Settings(tmp_path / "store", engine=NAME), {NAME: engine})


def test_a_daemon_takes_back_what_leaves_the_image_another_name(daemon):
    before = names(daemon)
    for act in (
        lambda: daemon.images.tag_reversibly("one:1", "new:1"),
        lambda: daemon.images.remove_reversibly("one:2")[1],
    ):
        change = act()
        assert change is not None
        daemon.images.take_back(change)
        assert names(daemon) == before


def test_a_daemon_offers_nothing_that_would_lose_the_image_or_its_digests(daemon):
    daemon.images.tag("two:1", "other:1")
    assert daemon.images.remove_reversibly("two:1")[1] is None  # the last tag of its repository
    daemon.images.tag("other:1", "one:2")
    assert daemon.images.remove_reversibly("one:1")[1] is None


def test_another_engine_offers_nothing(tmp_path):
    class Sink:
        def __init__(self, images):
            self.tag, self.remove = images.tag, images.remove

    def engine(settings, catalog):
        made = memory_engine(tmp_path, *opened(ONE), catalog=catalog)
        return replace(made, sink=Sink(made.images))

    inspector = Inspector(Settings(tmp_path / "store", engine=NAME), {NAME: engine})
    assert inspector.images.tag_reversibly("one:1", "new:1") is None
    assert inspector.images.remove_reversibly("new:1")[1] is None
