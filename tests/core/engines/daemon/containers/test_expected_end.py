"""The end of a container that its daemon removes at its end."""

import json
from types import SimpleNamespace

import pytest

from layertui.core.engines.daemon.containers.expected_end import expected_end
from layertui.core.errors import Unreachable
from scripted_daemon import ScriptedDaemon

CONTAINER = SimpleNamespace(id="a1", name="one", created="2026-01-02T03:04:05Z", started=None, finished=None)


def event(action, **attributes):
    found = {"Type": "container", "Action": action, "Actor": {"ID": "a1", "Attributes": attributes}, "timeNano": 10**9}
    return json.dumps(found).encode() + b"\n"


@pytest.fixture
def podman():
    return ScriptedDaemon("podman")


def test_podman_is_asked_for_what_it_wrote_down_so_that_an_end_before_the_question_is_not_missed(podman):
    """Its answer to a wait begins before it watches the container."""
    expected = expected_end(podman.client(), CONTAINER)
    assert not podman.asked  # the container may start and end now
    podman.answers("GET", "events", event("start") + event("died", containerExitCode="7") + event("remove"))
    assert expected.code(None) == 7
    assert "since=2026-01-02T03%3A04%3A05Z" in podman.asked[0]


def test_one_whose_end_podman_did_not_write_down_is_not_waited_for_for_ever(podman):
    podman.answers("GET", "events", event("remove") + event("died", containerExitCode="7"))
    with pytest.raises(Unreachable, match="does not tell how container one has ended"):
        expected_end(podman.client(), CONTAINER).code(None)


def test_docker_is_asked_before_the_start():
    docker = ScriptedDaemon("docker")
    docker.answers("POST", "wait", b'{"StatusCode": 7}')
    expected = expected_end(docker.client(), CONTAINER)
    assert ["condition=removed" in one for one in docker.asked] == [True]
    assert expected.code(None) == 7
