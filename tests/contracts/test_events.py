"""The events of containers and images."""

import pytest

from layertui.core.containers.model.container import ExecOptions
from layertui.core.errors import (
    CommandNotFound,
)
from layertui.core.oci.reference import Reference
from observed import actions_with, code_of, happened

pytestmark = pytest.mark.needs("processes")


def test_a_life_is_recorded(engine, containers, make):
    container = make("sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.02; done", name="one", labels={"k": "v"})
    containers.lifecycle.start(container.id)
    containers.lifecycle.pause(container.id)
    containers.lifecycle.unpause(container.id)
    containers.rename("one", "two")
    containers.lifecycle.kill(container.id, "HUP")
    containers.files.commit(container.id, [Reference.parse("new:1")], message="why")
    containers.lifecycle.stop(container.id)
    actions_with(engine, container.id, "stop")
    containers.remove(container.id)
    found = happened(engine, container.id)
    assert [name for name, _ in found if name not in ("pause", "unpause")] == [
        *("create", "start", "rename", "kill", "commit", "die", "stop", "destroy"),
    ]
    assert [name for name, _ in found].count("pause") == [name for name, _ in found].count("unpause") == 2
    by_name = dict(found)
    own = {"k": "v", "image": "box:1"}
    assert by_name["create"] == {**own, "name": "one"}
    assert by_name["rename"] == {**own, "name": "two", "oldName": "one"}
    assert by_name["kill"] == {**own, "name": "two", "signal": "1"}
    assert by_name["die"] == {**own, "name": "two", "exitCode": "3"}
    assert by_name["commit"]["comment"] == "why"
    assert ("tag", {"name": "new:1"}) in happened(engine, by_name["commit"]["imageID"])


@pytest.mark.slow
def test_what_removes_itself_records_it(engine, containers, started):
    container = started("sh", "-c", "exit 6", remove=True)
    containers.lifecycle.wait(container.id)
    assert actions_with(engine, container.id, "destroy") == ["create", "start", "die", "destroy"]


def test_what_did_not_start_has_no_start_event(engine, containers, make):
    container = make("nope")
    with pytest.raises(CommandNotFound):
        containers.lifecycle.start(container.id)
    assert [name for name, _ in happened(engine, container.id)] == ["create"]


def test_events_of_images_are_recorded_too(engine, image, tmp_path):
    engine.sink.tag("box:1", Reference.parse("other:2"))
    engine.sink.remove("other:2")
    engine.sink.remove("box:1")
    assert happened(engine, str(image.id)) == [
        ("load", {"name": "box:1"}),
        ("tag", {"name": "other:2"}),
        ("untag", {"name": "other:2"}),
        ("untag", {"name": "box:1"}),
        ("delete", {"name": str(image.id)}),
    ]


@pytest.mark.slow
def test_processes_that_exec_adds_are_recorded(engine, containers, started):
    container = started("sleep", "60", name="box")
    assert code_of(containers.processes.exec(container.id, ["sh", "-c", "exit 3"])) == 3
    with pytest.raises(CommandNotFound):
        containers.processes.exec(container.id, ["nope"])
    with containers.processes.exec(container.id, ["sh", "-c", "exit 5"], ExecOptions(tty=True)) as session:
        while not session.ended:
            list(session.receive())
    found = [(action, more) for action, more in happened(engine, container.id) if action.startswith("exec")]
    assert [action for action, _ in found] == [
        *("exec_create: sh -c exit 3", "exec_start: sh -c exit 3", "exec_die"),
        *("exec_create: nope", "exec_start: nope"),
        *("exec_create: sh -c exit 5", "exec_start: sh -c exit 5", "exec_die"),
    ]
    ids = [more.pop("execID") for _, more in found]
    assert [ids[0]] * 3 + [ids[3]] * 2 + [ids[5]] * 3 == ids
    assert len(set(ids)) == 3
    assert [more for action, more in found if action == "exec_die"] == [
        {"image": "box:1", "name": "box", "exitCode": "3"},
        {"image": "box:1", "name": "box", "exitCode": "5"},
    ]
