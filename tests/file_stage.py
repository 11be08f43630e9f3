"""A FileScreen on a stage of its own, driven by keys."""

from contextlib import asynccontextmanager

from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.screens.file.file_target import LayerFile
from tui_stage import Driven, Stage


class Shown(Driven):
    """The screen, driven."""

    @property
    def view(self):
        return self.app.screen.query_one("#pages")

    @property
    def place(self):
        return str(self.view.border_subtitle)

    def lines(self):
        return [self.view.render_line(y).text.rstrip(" ▐") for y in range(self.view.size.height)]


@asynccontextmanager
async def opened(world, path, *, name="one:1", **layers):
    """A FileScreen of a file of an image, or of a container, at rest."""
    app = Stage(FileScreen(LayerFile(world.inspector.open(name), path, **layers)), world.inspector)
    async with app.run_test(size=(100, 20)) as pilot:
        await app.quiet(pilot)
        yield Shown(app, pilot)
