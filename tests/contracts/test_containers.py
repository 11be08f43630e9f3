"""What Containers must do, run for each engine that has some, on each runtime that is here: made, found, renamed, removed."""

import threading
from pathlib import Path

import pytest

from containing import FOREVER, box, options, put
from layertui.core.containers.model.container import State
from layertui.core.errors import (
    Ambiguous,
    Conflict,
    LayertuiError,
    NotFound,
    UsageError,
    WrongState,
)
from layertui.core.progress import quiet


def test_create_makes_a_layer_and_nothing_else(containers, make):
    container = make()
    assert (container.state, container.pid, container.exit_code, container.started) == (State.CREATED, 0, 0, None)
    assert container.command == ("sh",)
    assert len(container.id) == 64
    assert containers.files.diff(container.id) == []


@pytest.mark.needs("observation")
def test_before_its_first_start_it_has_no_namespaces(containers, make):
    container = make()
    seen = containers.observation.namespaces(container.id)
    assert (seen.status, seen.pid, seen.container, seen.own) == (State.CREATED, 0, None, ())


def test_a_name_is_made_up(make):
    how, _, who = make().name.partition("_")
    assert how.isalpha()
    assert who.isalpha()


def test_a_name_that_is_taken(containers, make):
    make(name="web")
    with pytest.raises(Conflict, match="web"):
        make(name="web")
    containers.remove("web")
    make(name="web")


@pytest.mark.parametrize("name", ["a", "-x", "a b", "a/b", "é1", ".x"])
def test_a_name_that_is_none(make, name):
    with pytest.raises(UsageError):
        make(name=name)


@pytest.mark.parametrize("wrong", [{"working_dir": "relative"}, {"stop_signal": "NOPE"}])
def test_an_option_that_is_none(containers, make, wrong):
    with pytest.raises(UsageError):
        make(**wrong)
    assert containers.list() == []


def test_its_working_folder_is_there_before_it_starts(containers, make):
    container = make(working_dir="/made/../for/it")
    assert [(str(line.kind), line.path) for line in containers.files.diff(container.id)] == [
        ("A", "/for"),
        ("A", "/for/it"),
    ]


@pytest.mark.parametrize("path", ["/etc/plain", "/etc/plain/x"])
def test_a_working_folder_that_is_a_file(containers, make, path):
    with pytest.raises(LayertuiError, match="/etc/plain"):
        make(working_dir=path)
    assert containers.list() == []


@pytest.mark.slow
def test_forty_at_once_have_different_names(containers, make):
    threads = [threading.Thread(target=make) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.name for one in containers.list()}) == 40


def test_found_by_name_id_and_prefix(containers, make):
    container = make(name="web")
    for spelled in ("web", "/web", container.id, container.id[:12], container.id[:4]):
        assert containers.get(spelled).id == container.id
    with pytest.raises(NotFound):
        containers.get("nobody")


def test_a_prefix_that_fits_several(containers, make):
    made = [make() for _ in range(20)]
    first = next(one.id[0] for one in made if sum(other.id[0] == one.id[0] for other in made) > 1)
    with pytest.raises(Ambiguous):
        containers.get(first)


def test_the_list_has_the_newest_first(containers, make):
    names = ["one", "two", "three"]
    for name in names:
        make(name=name)
    assert [one.name for one in containers.list()] == names[::-1]


def test_without_any_command(containers, engine, tmp_path):
    put(engine, box(Cmd=None).tagged("no:1"), tmp_path / "no.tar")
    image = engine.images.open("no:1", None, quiet())
    with pytest.raises(LayertuiError, match="no command"):
        containers.create(image, "no:1", options())


def test_rename(containers, make, started):
    other, running = make(name="other"), started(*FOREVER, name="before")
    renamed = containers.rename("before", "after")
    assert (renamed.id, renamed.name, renamed.state) == (running.id, "after", State.RUNNING)
    assert containers.get("after").id == running.id
    with pytest.raises(NotFound):
        containers.get("before")
    for taken in ("other", "after"):
        with pytest.raises(Conflict, match=taken):
            containers.rename("after", taken)
    with pytest.raises(UsageError):
        containers.rename("after", "no name")
    containers.remove("after", force=True)
    containers.rename(other.id, "after")
    make(name="before")


def test_remove(containers, make, started):
    containers.remove(make(name="gone").id)
    with pytest.raises(NotFound):
        containers.get("gone")
    container = started(*FOREVER)
    with pytest.raises(WrongState, match="running"):
        containers.remove(container.id)
    containers.remove(container.id, force=True)
    with pytest.raises(NotFound):
        containers.get(container.id)
    assert not Path(f"/proc/{container.pid}").exists()
