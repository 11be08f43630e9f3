"""A person who takes the tour, by keys or by the mouse, in any language: what is awaited is what the tour has noticed."""

from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog, SaveDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.tour.tour_panel import TourPanel
from mouse_person import titled


class Walker:
    """A person on the tour; `tour` has what the panel shows."""

    def __init__(self, person, tour):
        self.person, self.tour, self.app = person, tour, person.app

    async def comes_to(self, step):
        await self.person.sees(lambda: self.tour.progress.at == step - 1)
        assert not isinstance(self.app.focused, TourPanel)

    async def goes_to(self, pane, name):
        rows = getattr(self.app.screen.panes, pane)
        await self.person.row(rows, titled(rows, name))

    async def looks_up(self, path):
        await self.person.does("f", "path" if isinstance(self.app.screen, LookupScreen) else "lookup")
        await self.person.sees(lambda: isinstance(self.app.screen, LookupScreen) and self.app.focused.id == "path")
        await self.person.types("#path", path)
        await self.person.does("enter", "submit")

    async def home(self):
        while not isinstance(self.app.screen, HomeScreen):
            screen = self.app.screen
            await self.person.leaves()
            await self.person.sees(lambda screen=screen: self.app.screen is not screen)

    async def loads(self, name):
        await self.person.does("L", "bring_in")
        await self.person.sees_screen(BringInDialog)
        await self.person.types("#file", name)
        await self.person.sees(lambda: self.app.screen.query_one("#effect").display)
        await self.person.confirms()
        await self.person.sees_screen(HomeScreen)

    async def looks_into_the_image(self):
        await self.comes_to(1)
        await self.person.sees(lambda: self.app.screen.state.stack is not None)
        layers = self.app.screen.panes.layers
        for line in range(6):
            await self.person.row(layers, lambda at, line=line: at == line)
        await self.comes_to(2)
        await self.looks_up("/etc/motd")
        await self.comes_to(3)
        await self.person.does("equals_sign", "compare")
        await self.person.sees_screen(ContentScreen)
        await self.comes_to(4)
        await self.person.leaves()
        await self.person.sees_screen(LookupScreen)
        await self.looks_up("/etc/issue")
        await self.comes_to(5)
        await self.home()

    async def creates_and_writes(self):
        await self.goes_to("images", "demo:2.0")
        await self.person.does("c", "create")
        await self.person.sees_screen(CreateDialog)
        await self.person.types("#name", "box")
        await self.person.confirms()
        await self.person.sees(lambda: isinstance(self.app.screen, HomeScreen) and self.app.screen.state.container)
        await self.comes_to(6)
        assert self.app.screen.state.container.state == "created"
        await self.person.does("w", "write")
        await self.person.sees_screen(WriteDialog)
        await self.person.types("#path", "/etc/motd")
        await self.person.types("#text", "hello")
        await self.person.confirms()
        await self.person.sees_screen(HomeScreen)
        await self.comes_to(7)

    async def starts_and_exports(self):
        await self.goes_to("containers", "box")
        await self.person.does("s", "start")
        await self.person.sees_screen(ContainerScreen)
        await self.comes_to(8)
        await self.home()
        await self.goes_to("containers", "box")
        await self.person.does("x", "take_out")
        await self.person.sees_screen(ExportDialog)
        await self.person.types("#target", "box.tar")
        await self.person.confirms()
        await self.person.sees(lambda: self.tour.progress.missing == ("import",))
        await self.loads("box.tar")
        await self.comes_to(9)
        (imported,) = [row for row in self.app.screen.panes.images.rows if not row.image.names]
        return imported.key

    async def saves_and_compares(self, imported):
        await self.goes_to("images", "demo:2.0")
        await self.person.does("x", "take_out")
        await self.person.sees_screen(SaveDialog)
        await self.person.types("#target", "demo.tar")
        await self.person.confirms()
        await self.person.sees(lambda: self.tour.progress.missing == ("load",))
        await self.loads("demo.tar")
        await self.comes_to(10)
        await self.goes_to("containers", "box")
        await self.person.does("space", "mark")
        await self.goes_to("images", imported)
        await self.person.does("equals_sign", "compare")
        await self.person.sees_screen(CompareScreen)
        await self.comes_to(11)

    async def walks(self):
        """All ten steps."""
        await self.looks_into_the_image()
        await self.creates_and_writes()
        await self.saves_and_compares(await self.starts_and_exports())


def on(inspector, tour):
    return LayerTui(inspector.settings, "demo:2.0", inspector=inspector, tour=tour)
