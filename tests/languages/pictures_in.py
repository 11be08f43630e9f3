"""Pictures of the main screens in a language, at two sizes: pictures_in.py LANGUAGE FOLDER writes FOLDER/NAME-COLUMNSxROWS.svg."""

import asyncio
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

from layertui.core.language import texts

if __name__ == "__main__":
    texts.use(sys.argv[1])

from at_rest import at_rest
from layertui.tui.app import LayerTui
from layertui.tui.screens.home import home_screen
from tui_sample import SampleInspector, clock

MOTD = ["4", "g", "j", "j", "l", "j", "j", "j"]
SCREENS = {
    "image": ["j", "j", "3"],
    "container": ["2", *MOTD],
    "history": ["j", "j", "H"],
    "create": ["j", "j", "c"],
    "help": ["question_mark"],
    "palette": ["ctrl+p"],
}
SIZES = ((80, 24), (120, 40))


async def main(folder: Path) -> None:
    # The look for changes, every two seconds, would fall into some pictures and not into others.
    home_screen.TICK = 3600
    os.chdir(folder)
    for name, keys in SCREENS.items():
        for columns, rows in SIZES:
            app = LayerTui(None, inspector=SampleInspector(folder), clock=clock)
            app.theme = "layertui-dark"
            app.animation_level = "none"
            async with app.run_test(size=(columns, rows)) as pilot:
                await at_rest(app, pilot)
                for key in keys:
                    await pilot.press(key)
                    await at_rest(app, pilot)
                for field in app.screen.query("Input"):
                    field.cursor_blink = False
                await at_rest(app, pilot)
                (folder / f"{name}-{columns}x{rows}.svg").write_text(app.export_screenshot(title="layertui"))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[2])))
