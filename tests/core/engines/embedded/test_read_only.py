"""Of the parts of an engine whose store is another user's, what reads is passed on, and whatever else there is, or comes to be, is refused."""

import pytest

from layertui.core.engines.container_protocols import (
    ContainerOutput,
    Containers,
    Lifecycle,
    Observation,
    Processes,
    RuntimeSurvey,
)
from layertui.core.engines.embedded.embedded_containers import EmbeddedContainers
from layertui.core.engines.embedded.embedded_files import EmbeddedFiles
from layertui.core.engines.embedded.embedded_lifecycle import EmbeddedLifecycle
from layertui.core.engines.embedded.embedded_observation import EmbeddedObservation
from layertui.core.engines.embedded.embedded_processes import EmbeddedProcesses
from layertui.core.engines.embedded.embedded_store import EmbeddedUpkeep, EmbeddedVolumes
from layertui.core.engines.embedded.read_only import PARTS, READS, ReadOnly
from layertui.core.engines.file_protocols import ContainerFiles
from layertui.core.engines.store_protocols import NamedVolumes, Upkeep
from layertui.core.errors import NotOurs

MADE_AS = {
    Containers: EmbeddedContainers,
    Lifecycle: EmbeddedLifecycle,
    Processes: EmbeddedProcesses,
    ContainerOutput: EmbeddedObservation,
    Observation: EmbeddedObservation,
    RuntimeSurvey: EmbeddedObservation,
    ContainerFiles: EmbeddedFiles,
    NamedVolumes: EmbeddedVolumes,
    Upkeep: EmbeddedUpkeep,
}
METHODS = [(made, name) for protocol, made in MADE_AS.items() for name in vars(protocol) if not name.startswith("_")]
ACTS = {
    *("create", "start", "stop", "kill", "pause", "unpause", "restart", "rename", "wait", "remove"),
    *("exec", "shell", "attach", "commit", "namespaces", "top", "reading"),
}


def read_only(made):
    return ReadOnly(object.__new__(made), "it is somebody's")


def test_everything_is_one_or_the_other():
    assert {*READS, *ACTS, *PARTS, "unavailable"} == {name for _, name in METHODS}


@pytest.mark.parametrize(("made", "name"), [one for one in METHODS if one[1] in ACTS])
def test_what_acts_is_refused(made, name):
    with pytest.raises(NotOurs, match="it is somebody's"):
        getattr(read_only(made), name)("box")


@pytest.mark.parametrize(("made", "name"), [one for one in METHODS if one[1] in READS])
def test_what_reads_is_passed_on(made, name):
    assert getattr(read_only(made), name).__func__ is getattr(made, name)


def test_a_part_is_read_only_too():
    containers = EmbeddedContainers(None, None)
    for name in PARTS:
        assert isinstance(getattr(ReadOnly(containers, "it is somebody's"), name), ReadOnly)
    with pytest.raises(NotOurs):
        ReadOnly(containers, "it is somebody's").lifecycle.start("box")


def test_nothing_can_be_started():
    assert ReadOnly(EmbeddedContainers(None, None), "it is somebody's").lifecycle.unavailable == "it is somebody's"


def test_what_is_not_there_is_not_there():
    for name in ("anything", "_state", "_stack"):
        with pytest.raises(AttributeError):
            getattr(read_only(EmbeddedFiles), name)
