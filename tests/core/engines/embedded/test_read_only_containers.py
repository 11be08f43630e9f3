"""Of the containers of a store of another user, what reads is passed on, and whatever else there is, or comes to be, is refused."""

import pytest

from layertui.core.engines.embedded.embedded_containers import EmbeddedContainers
from layertui.core.engines.embedded.read_only_containers import LOOKING, LookedAt
from layertui.core.engines.engine import Containers, Upkeep
from layertui.core.errors import NotOurs

PUBLIC = {name for protocol in (Containers, Upkeep) for name in vars(protocol) if not name.startswith("_")}
ACTS = {
    *("create", "start", "stop", "kill", "pause", "unpause", "restart", "rename", "wait", "remove"),
    *("exec", "shell", "attach", "commit", "namespaces", "processes", "reading"),
    *("sweep", "remove_volume"),
}


@pytest.fixture
def looked_at():
    return LookedAt(object.__new__(EmbeddedContainers), "it is somebody's")


def test_everything_is_one_or_the_other():
    assert {*LOOKING, *ACTS, "unavailable"} == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC - LOOKING - {"unavailable"}))
def test_what_acts_is_refused(name, looked_at):
    with pytest.raises(NotOurs, match="it is somebody's"):
        getattr(looked_at, name)("box")


@pytest.mark.parametrize("name", sorted(LOOKING))
def test_what_looks_is_passed_on(name, looked_at):
    assert getattr(looked_at, name).__func__ is getattr(EmbeddedContainers, name)


def test_nothing_can_be_started(looked_at):
    assert looked_at.unavailable == "it is somebody's"


def test_what_is_not_there_is_not_there(looked_at):
    for name in ("anything", "_records", "_start"):
        with pytest.raises(AttributeError):
            getattr(looked_at, name)
