"""The tour, walked with keys and with the mouse: all ten steps, left in the middle and taken up, and with other things done between."""

import pytest

from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.tour.tour import Tour
from layertui.tui.screens.tour.tour_panel import TourPanel
from layertui.tui.screens.tour.tour_progress import TourProgress, read_progress
from layertui.tui.screens.tour.tour_steps import END, STEPS
from mouse_person import KeysPerson, MousePerson, begins_at_home
from tour_walker import Walker, on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("hands", [KeysPerson, MousePerson], ids=["keys", "mouse"])
async def test_ten_steps(demo_host, tmp_path, size, hands):
    tour = Tour(tmp_path / "tour.json", demo_host.settings.store, TourProgress())
    app = on(demo_host, tour)
    async with app.run_test(size=size) as pilot:
        await Walker(await begins_at_home(hands, app, pilot), tour).walks()
        panel = app.screen.query_one(TourPanel)
        assert END.split()[0] in str(panel.render())
        assert panel.size.width == (40 if size[0] == 120 else 80)
    assert read_progress(tmp_path / "tour.json").ended


async def test_left_in_the_middle_and_taken_up(demo_host, tmp_path):
    file = tmp_path / "tour.json"
    tour = Tour(file, demo_host.settings.store, TourProgress())
    app = on(demo_host, tour)
    async with app.run_test(size=(80, 24)) as pilot:
        person = await begins_at_home(KeysPerson, app, pilot)
        await Walker(person, tour).looks_into_the_image()
        await person.press("ctrl+g")
        await person.sees(lambda: not app.screen.query_one(TourPanel).display)
        await person.press("q")
    assert read_progress(file).at == 4
    tour = Tour(file, demo_host.settings.store, read_progress(file))
    app = on(demo_host, tour)
    async with app.run_test(size=(80, 24)) as pilot:
        person = await begins_at_home(KeysPerson, app, pilot)
        await person.sees(lambda: app.screen.query(TourPanel))
        assert STEPS[4].title[:20] in str(app.screen.query_one(TourPanel).render())
        await Walker(person, tour).creates_and_writes()


async def test_something_else_is_named_and_what_comes_early_counts_later(demo_host, tmp_path):
    tour = Tour(tmp_path / "tour.json", demo_host.settings.store, TourProgress(1))
    app = on(demo_host, tour)
    async with app.run_test(size=(80, 24)) as pilot:
        person = await begins_at_home(KeysPerson, app, pilot)
        await person.goes_to("images", "demo:2.0")
        await person.press("t")
        await person.sees_screen(TagDialog)
        await person.press(*"mine", "enter")
        await person.sees_screen(HomeScreen)
        await person.sees(lambda: "You did `tag`, which the tour does not need" in tour.view().note)
        assert tour.progress.at == 1
        await person.goes_to("images", "demo:2.0")
        await person.press("c")
        await person.sees_screen(CreateDialog)
        await person.press(*"box", "enter")
        await person.sees(lambda: "that is step 5, and counts there" in tour.view().note)
        await person.press(*["ctrl+n"] * 3)
        await person.sees(lambda: tour.progress.at == 4)
        await person.press("ctrl+r")
        await person.sees(lambda: tour.progress.at == 3)
        await Walker(person, tour).looks_up("/etc/issue")
        await person.sees(lambda: tour.progress.at == 5)
