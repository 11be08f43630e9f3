"""What is asked of a container, without a screen."""

from types import SimpleNamespace

import pytest

from immediate import Heard, Immediate
from layertui.core.errors import NotFound
from layertui.tui.screens.container.container_watch import ContainerWatch, glance
from tui_values import built
from tui_world import World


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built())
    world.container()
    return world


class Watched:
    def __init__(self, inspector, name="kind_banzai"):
        self.heard, self.first, self.errors = Heard(), [], []
        self.screen = Immediate(inspector)
        self.watch = ContainerWatch(
            self.screen, self.heard, name, first_seen=lambda: self.first.append(1), gone=self.errors.append
        )


def test_a_name_is_looked_up_once_and_all_else_goes_by_the_id():
    seen = []

    class Part:
        unavailable = None

        def __getattr__(self, verb):
            return lambda name, **_: seen.append(name) or ()

    def get(name):
        seen.append(name)
        return SimpleNamespace(id="f" * 64)

    part = Part()
    containers = SimpleNamespace(get=get, observation=part, output=part, files=part, lifecycle=part)
    glance(SimpleNamespace(containers=containers), "web")
    assert seen == ["web", *["f" * 64] * 4]


def test_the_first_glance_is_followed_by_changes_and_no_other_is(world):
    one = Watched(world.inspector)
    one.watch.look()
    one.watch.look()
    assert one.first == [1]
    ((followed, changed),) = one.screen.followed
    assert followed == world.inspector.containers.get("kind_banzai").id
    asked = len(one.screen.asked)
    changed(frozenset({"life"}))
    assert one.screen.asked[asked:] == ["looking at kind_banzai"]
    changed(frozenset({"layer"}))
    assert one.screen.asked[-1] == "reading the writable layer"
    assert one.heard.names[-1] == "show_layer"


def test_what_does_not_run_is_not_measured(world):
    one = Watched(world.inspector)
    one.watch.measure()
    one.watch.look()
    one.watch.measure()
    assert "reading what it uses" not in one.screen.asked
    assert one.heard.last("show_usage") == [None, []]
    world.inspector.containers.lifecycle.start("kind_banzai")
    one.watch.look()
    assert one.watch.alive
    stats, processes = one.heard.last("show_usage")
    assert stats is not None
    assert [process.inside for process in processes] == [1, 7]


def test_namespaces_of_before_a_start_stay_until_its_life_changes_otherwise(world):
    one = Watched(world.inspector)
    one.watch.look()
    before = one.watch.glance.namespaces
    one.watch.keep_namespaces(keep=True)
    world.inspector.containers.lifecycle.start("kind_banzai")
    one.watch.look()
    assert one.heard.last("show_glance")[1] is before
    one.watch.renamed("kind_banzai")
    assert one.heard.last("show_glance")[1] is None


def test_one_that_is_not_there_is_gone_and_its_layer_is_not_missed(world):
    one = Watched(world.inspector, "nobody")
    one.watch.refresh()
    assert [type(error) for error in one.errors] == [NotFound]
    assert one.heard.calls == []
    assert one.watch.container is None
