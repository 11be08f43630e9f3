"""Several engines of one Inspector: another default, names that say the engine, and what is shared."""

from threading import Event
from types import SimpleNamespace

import pytest

from builders import docker_archive, file, image, layer
from layertui.core.containers.model.container import CreateOptions
from layertui.core.engines.bounded_asking import answers
from layertui.core.engines.engine import About, Engine
from layertui.core.errors import LayertuiError, NotFound, StorageError, Unreachable, UsageError
from layertui.core.inspector import Inspector, engine_survey
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from two_engines import two_engines

OURS = image([layer([file("etc/motd", "of one\n")])], config={"Cmd": ["sh"]}, tags=["shop:1", "ours:1"])
THEIRS = image([layer([file("etc/motd", "of two\n")])], config={"Cmd": ["sh"]}, tags=["shop:1", "theirs:1", "theirs:2"])


@pytest.fixture
def inspector(tmp_path):
    with two_engines(tmp_path, [OURS], [THEIRS]) as made:
        yield made


def motd(inspector, name):
    with inspector.read(inspector.open(name), "/etc/motd") as content:
        return content.read()


def test_the_same_name_is_another_image_in_another_engine(inspector):
    other = inspector.of("two")
    assert (motd(inspector, "shop:1"), motd(other, "shop:1")) == (b"of one\n", b"of two\n")
    assert (motd(inspector, "two:shop:1"), motd(other, "one:shop:1")) == (b"of two\n", b"of one\n")
    assert [one.names for one in other.images.list()] == [one.names for one in inspector.of("two").images.list()]
    assert inspector.open("two:shop:1").engine is other.engine


def test_an_inspector_of_an_engine_is_made_once_and_leads_back(inspector):
    other = inspector.of("two")
    assert other is inspector.of("two")
    assert other is not inspector is inspector.of("one")
    assert other.catalog is inspector.catalog
    assert other.of("one").engine is inspector.engine


def test_what_was_opened_by_one_is_closed_with_the_other(inspector, tmp_path):
    path = docker_archive(OURS, tmp_path / "ours.tar")
    inspector.of("two").open(str(path))
    inspector.close()
    assert motd(inspector, str(path)) == b"of one\n"


def test_one_that_is_not_there_is_an_error_when_it_is_asked(inspector):
    nowhere = inspector.of("nowhere")
    with pytest.raises(NotFound, match="nowhere"):
        nowhere.open("shop:1")


def test_a_container_of_another_engine(inspector):
    made = inspector.of("two").containers.create("shop:1", CreateOptions(name="web"))
    assert inspector.containers.list() == []
    subject = inspector.open("two:container:web")
    assert subject.container.id == made.id
    assert inspector.of("two").open("container:web").container.id == made.id
    with inspector.read(subject, "/etc/motd") as content:
        assert content.read() == b"of two\n"
    assert len(inspector.layers(subject)) == 2
    with pytest.raises(NotFound, match="web"):
        inspector.open("container:web")


def test_two_engines_side_by_side(inspector):
    report = inspector.compare(inspector.open("shop:1"), inspector.open("two:shop:1"))
    assert [change.path for change in report.files] == ["/etc/motd"]


def test_save_of_a_repository_takes_the_tags_of_its_own_engine(inspector, tmp_path):
    inspector.of("two").images.save(["theirs"], tmp_path / "theirs.tar")
    with pytest.raises(LayertuiError):
        inspector.images.save(["theirs"], tmp_path / "none.tar")
    loaded = inspector.images.load(tmp_path / "theirs.tar")
    assert [name.familiar for one in loaded for name in one.names] == ["theirs:1", "theirs:2"]


def test_answers_come_in_order_and_the_late_one_is_unreachable():
    never = Event()

    def fails():
        raise ValueError("no")

    found = answers({"late": lambda: never.wait(60), "fails": fails, "quick": lambda: 7}, 0.2)
    never.set()
    assert list(found) == ["late", "fails", "quick"]
    assert isinstance(found["late"], Unreachable)
    assert str(found["fails"]) == "no"
    assert found["quick"] == 7


def test_changes_of_an_engine_without_events_are_over_at_once(inspector):
    assert list(inspector.of("two").changes(None, Progress())) == []


@pytest.mark.slow
def test_a_daemon_that_is_silent_or_fails_holds_no_report_up(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_survey, "PATIENCE", 0.2)
    never = Event()

    def refused():
        raise Unreachable("connection refused")

    def daemon(name, version):
        return lambda *_: Engine(name, SimpleNamespace(list=list), about=About("docker", "unix:///s", version))

    found = {
        one.name: one
        for one in Inspector(
            Settings(tmp_path / "store"),
            {"docker": daemon("docker", lambda: never.wait(60)), "podman": daemon("podman", refused)},
        ).engines()
    }
    never.set()
    assert list(found) == ["embedded", "docker", "podman"]
    assert (found["embedded"].reachable, found["embedded"].kind, found["embedded"].why) == (True, "embedded", None)
    assert [found[name].reachable for name in ("docker", "podman")] == [False, False]
    assert "no answer within 0.2 seconds" in found["docker"].why
    assert "connection refused" in found["podman"].why
    assert found["podman"].kind == "podman"


@pytest.mark.slow
def test_an_engine_that_answers_and_cannot_be_listed_is_reachable_with_a_problem(tmp_path):
    def damaged():
        raise StorageError("the list is damaged")

    about = About("other", "somewhere", lambda: "7.0")
    inspector = Inspector(
        Settings(tmp_path / "store"), {"own": lambda *_: Engine("own", SimpleNamespace(list=damaged), about=about)}
    )
    own = next(one for one in inspector.engines() if one.name == "own")
    assert (own.reachable, own.version, own.why, own.problem) == (True, "7.0", None, "the list is damaged")


def test_an_image_of_another_engine_is_named_and_removed_by_its_prefix(inspector):
    inspector.images.tag("two:theirs:1", "more:1")
    inspector.images.tag("two:theirs:1", "two:more:2")
    names = {str(name) for one in inspector.of("two").images.list() for name in one.names}
    assert {"more:1", "more:2"} <= names
    inspector.images.remove("two:shop:1")
    left = {str(name) for one in inspector.of("two").images.list() for name in one.names}
    assert left == names - {"shop:1"}
    assert motd(inspector, "shop:1") == b"of one\n"
    for new in ("podman:x:1", "embedded:x"):
        with pytest.raises(UsageError, match="copy"):
            inspector.images.tag("two:theirs:1", new)


def test_a_name_that_the_default_engine_has_is_not_taken_for_a_prefix(inspector):
    inspector.images.tag("ours:1", "two:shop")
    inspector.images.remove("two:shop")
    with pytest.raises(NotFound):
        inspector.images.remove("two:shop")
    assert len(inspector.of("two").images.list()) == 1
