"""Opens each screen and dialog in a language and writes what is shown to FOLDER/shown.json: shown_in.py LANGUAGE FOLDER COLUMNS ROWS [NAME...].

A process of its own, because a language is chosen before the modules with texts are imported.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from pseudo import Pseudo

from layertui.core.language import texts

if __name__ == "__main__":
    if sys.argv[1] == "pseudo":
        texts.use_translations(Pseudo())
    else:
        texts.use(sys.argv[1])

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

import layertui.tui
from at_rest import at_rest
from builders import docker_archive
from ended_by_signal import SCREENS
from layertui.tui.app import LayerTui
from layertui.tui.screens.help_screen import sections
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.widgets.forms.find_bar import FindBar, FindLine
from tui_values import BASE, built, flat
from tui_world import World

STYLES = str(Path(layertui.tui.__file__).parent / "layertui.tcss")


class Shown(LayerTui):
    """Opens one screen."""

    CSS_PATH = STYLES

    def __init__(self, wanted: Screen | None, world: World) -> None:
        super().__init__(world.inspector.settings, inspector=world.inspector)
        self.animation_level = "none"
        self._wanted = wanted

    def get_default_screen(self) -> Screen:
        return super().get_default_screen() if self._wanted is None else Screen()

    def on_mount(self) -> None:
        super().on_mount()
        if self._wanted is not None:
            self.push_screen(self._wanted)


def lines_of(app: LayerTui) -> list[str]:
    """What is on the terminal."""
    return [
        "".join(segment.text for segment in strip if not segment.control)
        for strip in app.screen._compositor.render_strips()
    ]


async def shown(wanted: Screen | None, world: World, size: tuple[int, int], *, is_palette: bool = False) -> dict:
    """The lines of a screen, and what its widgets say of themselves outside of their lines."""
    app = Shown(wanted, world)
    async with app.run_test(size=size) as pilot:
        await at_rest(app, pilot)
        if is_palette:
            app.action_command_palette()
            await at_rest(app, pilot)
        await pilot.pause(0.05)
        said = [
            str(text)
            for node in app.screen.walk_children(with_self=True)
            for text in (node.tooltip, node.border_title, node.border_subtitle, getattr(node, "placeholder", ""))
            if text
        ]
        said += await bars(app, pilot)
        keys = [text for title, lines in sections(app.screen, app) for text in (title, *(line.text for line in lines))]
        return {"lines": lines_of(app), "said": said, "keys": keys}


async def bars(app: LayerTui, pilot: Pilot) -> list[str]:
    """What the bars say that open by `/` and `:`, where a screen has them."""
    said = []
    for key in ("slash", "colon") if isinstance(app.screen, InspectorScreen) else ():
        await pilot.press(key)
        await at_rest(app, pilot)
        for bar in app.screen.query(FindBar):
            said += [str(text.content) for text in bar.query(Static)] + [bar.query_one(FindLine).placeholder]
            await pilot.press("escape")
            await at_rest(app, pilot)
    return said


async def main(folder: Path, size: tuple[int, int], names: list[str]) -> None:
    os.chdir(folder)
    docker_archive(list(built()), folder / "two.tar")
    (folder / "rootfs.tar").write_bytes(BASE)
    world = World(folder / "store", *built(), flat())
    world.container()
    answers = {}
    for name, make in SCREENS.items():
        if not names or name in names:
            is_palette = name == "palette"  # as the app opens it
            answers[name] = await shown(None if is_palette else make(world), world, size, is_palette=is_palette)
    (folder / "shown.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[2]), (int(sys.argv[3]), int(sys.argv[4])), sys.argv[5:]))
