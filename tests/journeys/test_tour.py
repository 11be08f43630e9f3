"""The tour, walked with keys: all ten steps, left in the middle and taken up, and with other things done between."""

import pytest

from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog, SaveDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.tour.tour import Tour
from layertui.tui.screens.tour.tour_panel import TourPanel
from layertui.tui.screens.tour.tour_progress import TourProgress, read_progress
from layertui.tui.screens.tour.tour_steps import END, STEPS
from person import begins

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]

SIZES = [(80, 24), (120, 40)]


class Walker:
    """A person on the tour; `tour` has what the panel shows."""

    def __init__(self, person, tour):
        self.person, self.tour, self.app = person, tour, person.app

    async def comes_to(self, step):
        await self.person.sees(lambda: self.tour.progress.at == step - 1)
        assert not isinstance(self.app.focused, TourPanel)

    async def looks_up(self, path):
        await self.person.press("f")
        await self.person.sees(lambda: isinstance(self.app.screen, LookupScreen) and self.app.focused.id == "path")
        await self.person.fills(path)
        await self.person.press("enter")

    async def home(self):
        while not isinstance(self.app.screen, HomeScreen):
            screen = self.app.screen
            await self.person.press("escape")
            await self.person.sees(lambda screen=screen: self.app.screen is not screen)

    async def loads(self, name):
        await self.person.press("L")
        await self.person.sees_screen(BringInDialog)
        await self.person.fills(name)
        await self.person.sees(lambda: "ayer" in str(self.app.screen.query_one("#effect").render()))
        await self.person.press("enter")
        await self.person.sees_screen(HomeScreen)

    async def looks_into_the_image(self):
        await self.comes_to(1)
        await self.person.press("3")
        await self.person.sees(lambda: self.app.screen.state.stack is not None)
        await self.person.press("g", *["j"] * 5)
        await self.comes_to(2)
        await self.looks_up("/etc/motd")
        await self.comes_to(3)
        await self.person.press("equals_sign")
        await self.person.sees_screen(ContentScreen)
        await self.comes_to(4)
        await self.person.press("escape")
        await self.person.sees_screen(LookupScreen)
        await self.looks_up("/etc/issue")
        await self.comes_to(5)
        await self.home()

    async def creates_and_writes(self):
        await self.person.goes_to("images", "demo:2.0")
        await self.person.press("c")
        await self.person.sees_screen(CreateDialog)
        await self.person.press(*"box", "enter")
        await self.person.sees(lambda: isinstance(self.app.screen, HomeScreen) and self.app.screen.state.container)
        await self.comes_to(6)
        assert self.app.screen.state.container.state == "created"
        await self.person.press("w")
        await self.person.sees_screen(WriteDialog)
        await self.person.fills("/etc/motd")
        await self.person.sees(lambda: "copied up" in str(self.app.screen.query_one("#effect").render()))
        await self.person.press("tab", *"hello", "ctrl+s")
        await self.person.sees_screen(HomeScreen)
        await self.comes_to(7)

    async def starts_and_exports(self):
        await self.person.goes_to("containers", "box")
        await self.person.press("s")
        await self.person.sees_screen(ContainerScreen)
        await self.comes_to(8)
        await self.home()
        await self.person.goes_to("containers", "box")
        await self.person.press("x")
        await self.person.sees_screen(ExportDialog)
        await self.person.fills("box.tar")
        await self.person.press("enter")
        await self.person.sees(lambda: self.tour.progress.missing == ("import",))
        await self.loads("box.tar")
        await self.comes_to(9)
        (imported,) = [row for row in self.app.screen.panes.images.rows if not row.image.names]
        return imported.key

    async def saves_and_compares(self, imported):
        await self.person.goes_to("images", "demo:2.0")
        await self.person.press("x")
        await self.person.sees_screen(SaveDialog)
        await self.person.fills("demo.tar")
        await self.person.press("enter")
        await self.person.sees(lambda: self.tour.progress.missing == ("load",))
        await self.loads("demo.tar")
        await self.comes_to(10)
        await self.person.goes_to("containers", "box")
        await self.person.press("space")
        await self.person.goes_to("images", imported)
        await self.person.press("equals_sign")
        await self.person.sees_screen(CompareScreen)
        await self.comes_to(11)


def on(inspector, tour):
    return LayerTui(inspector.settings, "demo:2.0", inspector=inspector, tour=tour)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_ten_steps_with_keys(demo_host, tmp_path, size):
    tour = Tour(tmp_path / "tour.json", demo_host.settings.store, TourProgress())
    app = on(demo_host, tour)
    async with app.run_test(size=size) as pilot:
        walker = Walker(await begins(app, pilot), tour)
        await walker.looks_into_the_image()
        await walker.creates_and_writes()
        await walker.saves_and_compares(await walker.starts_and_exports())
        panel = app.screen.query_one(TourPanel)
        assert END.split()[0] in str(panel.render())
        assert panel.size.width == (40 if size[0] == 120 else 80)
    assert read_progress(tmp_path / "tour.json").ended


async def test_left_in_the_middle_and_taken_up(demo_host, tmp_path):
    file = tmp_path / "tour.json"
    tour = Tour(file, demo_host.settings.store, TourProgress())
    app = on(demo_host, tour)
    async with app.run_test(size=(80, 24)) as pilot:
        person = await begins(app, pilot)
        await Walker(person, tour).looks_into_the_image()
        await person.press("ctrl+g")
        await person.sees(lambda: not app.screen.query_one(TourPanel).display)
        await person.press("q")
    assert read_progress(file).at == 4
    tour = Tour(file, demo_host.settings.store, read_progress(file))
    app = on(demo_host, tour)
    async with app.run_test(size=(80, 24)) as pilot:
        person = await begins(app, pilot)
        await person.sees(lambda: app.screen.query(TourPanel))
        assert STEPS[4].title[:20] in str(app.screen.query_one(TourPanel).render())
        await Walker(person, tour).creates_and_writes()


async def test_something_else_is_named_and_what_comes_early_counts_later(demo_host, tmp_path):
    tour = Tour(tmp_path / "tour.json", demo_host.settings.store, TourProgress(1))
    app = on(demo_host, tour)
    async with app.run_test(size=(80, 24)) as pilot:
        person = await begins(app, pilot)
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
