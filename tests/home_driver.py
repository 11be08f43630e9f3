"""Home, driven by its keys."""

from contextlib import asynccontextmanager

from at_rest import at_rest
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.widgets.chrome.key_bar import KeyBar


class Driver:
    """Presses keys and waits until all is at rest."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    async def rest(self):
        await at_rest(self.app, self.pilot)

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
        await self.rest()

    @property
    def home(self):
        return next(screen for screen in self.app.screen_stack if isinstance(screen, HomeScreen))

    def paths(self):
        return [self.home.panes.files.view.path(int(index)) for index in self.home.panes.files.shape.rows]

    def details(self, tab=None):
        return self.home.panes.details.document(tab or self.home.panes.details.tab).plain

    def offered(self):
        bar = self.app.screen.query_one(KeyBar)
        return {key.label: key.text for key in KeyBar.keys(bar)}


@asynccontextmanager
async def driven(app, size=(120, 40)):
    """The app, started, once it is at rest."""
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        yield driver
