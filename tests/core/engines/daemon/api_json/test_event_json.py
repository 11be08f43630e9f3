from layertui.core.engines.daemon.api_json.event_json import event_of
from layertui.core.storage.event_journal import Event


def event(action, kind="container", **attributes):
    actor = {"ID": "f" * 64, "Attributes": attributes}
    return event_of(
        {"Type": kind, "Action": action, "Actor": actor, "time": 1796135626, "timeNano": 1796135626042070742}
    )


def test_an_event_of_docker():
    assert event("die", exitCode="3", name="web", image="box:1") == Event(
        "2026-12-01T14:33:46.042070742Z",
        "container",
        "die",
        "f" * 64,
        {"exitCode": "3", "name": "web", "image": "box:1"},
    )


def test_podmans_words_become_dockers():
    assert event("remove").action == "destroy"
    died = event("exec_died", containerExitCode="5", podId="")
    assert (died.action, died.attributes) == ("exec_die", {"exitCode": "5"})
    assert event("start", containerExitCode="0").attributes == {}
    assert event("init") is None
    assert event("cleanup") is None


def test_a_podmans_image_may_be_removed():
    assert event("remove", "image").action == "remove"


def test_what_is_no_event():
    assert event_of({}) is None
    assert event_of({"Type": "container", "Action": "die", "timeNano": 1 << 90}) is None


def test_a_name_before_is_spelled_as_ours():
    assert event("rename", oldName="/before").attributes == {"oldName": "before"}
