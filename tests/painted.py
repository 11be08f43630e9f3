"""What a terminal shows after all that an app has painted: frames are parts, and what is in none of them stays as it was."""

import re

from textual._compositor import CompositorUpdate

STEP = re.compile(r"\x1b\[(\d*);?(\d*)H|\x1b\[[0-9;?]*[a-zA-Z]|([^\x1b])", re.DOTALL)


class Painted:
    """Keeps the cells that an app paints from now on; each letter counts as one cell."""

    def __init__(self, app):
        self.app = app
        self.cells = {}
        shown = app._display

        def display(screen, renderable):
            if isinstance(renderable, CompositorUpdate):
                self._take(renderable.render_segments(app.console))
            shown(screen, renderable)

        app._display = display

    def _take(self, text):
        x = y = 0
        for step in STEP.finditer(text):
            if (letter := step[3]) == "\n":
                x, y = 0, y + 1
            elif letter is not None:
                self.cells[x, y] = letter
                x += 1
            elif step[0].endswith("H"):
                x, y = int(step[2] or 1) - 1, int(step[1] or 1) - 1

    @property
    def lines(self):
        """The terminal, line by line."""
        width, height = self.app.size
        return ["".join(self.cells.get((x, y), " ") for x in range(width)).rstrip() for y in range(height)]

    @property
    def wanted(self):
        """The terminal, line by line, if nothing painted before were kept."""
        screen = self.app.screen
        for widget in screen.query("*"):
            widget._styles_cache.clear()
        return ["".join(segment.text for segment in strip).rstrip() for strip in screen._compositor.render_strips()]
