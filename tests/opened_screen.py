"""The app with one of its screens opened over home, for tests of every screen."""

import inspect
from pathlib import Path

from layertui.tui import app as app_module
from layertui.tui.app import LayerTui
from tui_sample import clock


class Opened(LayerTui):
    """Opens one screen; home for None."""

    CSS_PATH = str(Path(inspect.getfile(app_module)).parent / "layertui.tcss")

    def __init__(self, wanted, world):
        super().__init__(world.inspector.settings, inspector=world.inspector, clock=clock)
        self.animation_level = "none"
        self.wanted = wanted

    def on_mount(self):
        super().on_mount()
        if self.wanted is not None:
            self.push_screen(self.wanted)
