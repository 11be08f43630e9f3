"""What counts in the tour as done: the acts that a step is about."""

from types import SimpleNamespace

import pytest

from home_driver import Driver
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.tour.tour import Tour
from layertui.tui.screens.tour.tour_facts import Noticing, verb_of
from layertui.tui.screens.tour.tour_progress import TourProgress
from layertui.tui.verbs.tour_verb import _clear


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        (("layertui", "save", "-o", "demo.tar", "demo:2.0"), "save"),
        (("layertui", "save", "-o", "demo.tar", "demo:1.0"), ""),
        (("layertui", "save", "-o", "demo:2.0.tar", "busybox:latest"), ""),
        (("layertui", "load", "-i", "demo.tar"), "load"),
        (("layertui", "--engine", "docker", "save", "demo:2.0"), ""),
        (("layertui",), ""),
        ((), ""),
    ],
)
def test_only_the_right_image_is_saved(words, verb):
    assert verb_of(words) == verb


def test_a_layer_of_the_image_before_is_none_of_the_one_being_opened():
    noticing, home = Noticing(), HomeScreen()

    def seen(shown, layer):
        """The name under the cursor is demo:2.0 already."""
        selection, subject = SimpleNamespace(name="demo:2.0"), SimpleNamespace(title=shown)
        home.state = SimpleNamespace(selection=selection, layer=layer, subject=subject)
        return noticing.facts_of(home, None)

    assert not seen("demo:1.0", 5)
    assert not seen("busybox:latest", 1)
    assert not seen("demo:2.0", 7)
    assert not seen("demo:2.0", 6)
    assert seen("demo:2.0", 5) == {"walked"}


@pytest.mark.slow
async def test_the_first_task_done_word_by_word_is_done(tmp_path):
    """The tour opens in the layers of its image, and whoever is in another pane has the same words."""
    inspector = Inspector(Settings.load(store=tmp_path / "store"))
    inspector.images.demo()
    for first in ((), ("1",), ("4",)):
        tour = Tour(tmp_path / "".join(("at", *first)), inspector.settings.store, TourProgress())
        app = LayerTui(inspector.settings, "demo:2.0", inspector=inspector, tour=tour)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = Driver(app, pilot)
            await drive.rest()
            await drive.press(*first, "3", "j", "j", "j", "j")
            assert tour.progress.at == 1


@pytest.mark.slow
def test_again_begins_with_nothing_of_the_round_before(tmp_path):
    inspector = Inspector(Settings.load(store=tmp_path / "store"))
    inspector.images.demo()
    inspector.containers.create("demo:2.0", CreateOptions(name="box"))
    inspector.images.tag("demo:2.0", "mine:1")
    _clear(SimpleNamespace(inspector=inspector))
    assert not inspector.containers.list()
    assert not inspector.images.list()
