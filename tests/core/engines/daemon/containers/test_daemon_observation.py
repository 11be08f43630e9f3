"""What a daemon says that a container uses, where that is the container's, and where it is not."""

import json
from dataclasses import dataclass

import pytest

from layertui.core.containers.model.container import State
from layertui.core.engines.daemon.containers.daemon_observation import DaemonObservation
from layertui.core.errors import LayertuiError
from scripted_daemon import ScriptedDaemon

PODMAN_4 = {"CgroupVersion": "1", "Rootless": True, "SecurityOptions": ["name=seccomp,profile=default"]}
ROOTLESS = {"CgroupVersion": "1", "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}


@dataclass
class One:
    id: str = "c" * 64
    state: State = State.RUNNING


class Lookup:
    is_local = True

    def __init__(self, client):
        self.client = client

    def get(self, _name):
        return One()


@pytest.fixture
def observed():
    """The observation of a daemon that is like this, and whose container has so many processes."""

    def made(info, pids):
        daemon = ScriptedDaemon("podman")
        stats = {
            "read": "2026-12-01T14:29:45Z",
            "pids_stats": {"current": pids},
            "memory_stats": {"usage": 552_000_000},
        }
        daemon.answers("GET", "stats", json.dumps(stats).encode())
        daemon.answers("GET", "info", json.dumps(info).encode())
        return daemon, DaemonObservation(Lookup(daemon.client()))

    return made


@pytest.mark.parametrize("info", [PODMAN_4, ROOTLESS])
def test_without_root_and_without_cgroup_v2_nothing_is_measured(observed, info):
    """Podman would answer what all of the user's session takes."""
    _, observation = observed(info, 0)
    with pytest.raises(LayertuiError, match=r"Podman cannot tell what a container uses: .*no cgroup v2"):
        observation.reading("one")


@pytest.mark.parametrize("info", [{**ROOTLESS, "CgroupVersion": "2"}, {**ROOTLESS, "SecurityOptions": []}, {}, []])
def test_elsewhere_a_container_may_be_without_a_count_of_processes(observed, info):
    _, observation = observed(info, 0)
    assert observation.reading("one").memory == 552_000_000


def test_the_daemon_is_not_asked_about_itself_without_need(observed):
    daemon, observation = observed(ROOTLESS, 1)
    assert observation.reading("one").pids == 1
    assert not any(url.endswith("/info") for url in daemon.asked)
