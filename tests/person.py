"""A person at the screen: presses keys, waits, and reads what is shown."""

import asyncio
from collections.abc import Callable

from layertui.tui.app import LayerTui
from layertui.tui.screens.dialogs.export_dialog import SaveDialog
from layertui.tui.screens.home.home_screen import HomeScreen


class Person:
    """Presses keys, waits, and reads the screen."""

    def __init__(self, app: LayerTui, pilot) -> None:
        self.app = app
        self.pilot = pilot

    async def sees(self, what: Callable[[], object], *, seconds: float = 20) -> None:
        """Wait until it is so."""
        for _ in range(int(seconds / 0.02)):
            await self.pilot.pause()
            if not self.app.jobs.busy and what():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"not seen within {seconds} s on {self.app.screen}")

    async def sees_screen(self, kind) -> None:
        await self.sees(lambda: isinstance(self.app.screen, kind))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def fills(self, text: str) -> None:
        """Replace the text in the field."""
        await self.pilot.press("ctrl+u", *text)
        await self.sees(lambda: True)

    async def goes_to(self, pane: str, key: str) -> None:
        """With the arrow keys to a row of Images (1) or Containers (2)."""
        number = {"images": "1", "containers": "2"}[pane]
        await self.press(number, "g")
        table = self.app.screen.query_one(f"#{pane}")
        for _ in range(20):
            row = table.current
            if row is not None and (getattr(row, "title", None) == key or row.key == key or _name(row) == key):
                return
            await self.press("down")
        raise AssertionError(f"{key} is not in {pane}")

    async def saves(self, image: str, path: str) -> None:
        """An image of home into a file, by the dialog."""
        await self.goes_to("images", image)
        await self.press("x")
        await self.sees_screen(SaveDialog)
        await self.fills(path)
        await self.press("enter")
        await self.sees_screen(HomeScreen)


def _name(row) -> str | None:
    container = getattr(row, "container", None)
    return container.name if container is not None else None


async def begins(app, pilot) -> Person:
    person = Person(app, pilot)
    await person.sees(lambda: isinstance(app.screen, HomeScreen) and app.screen.state.listing is not None)
    return person
