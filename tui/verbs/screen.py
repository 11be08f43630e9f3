"""The way from the command line to the screen."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError

if TYPE_CHECKING:
    from layertui.tui.verbs.shape import Asked


def open_screen(asked: Asked, image: str | None = None) -> int:
    """The terminal UI, on an image if one is named."""
    if not has_terminal():
        raise LayertuiError("the screen needs a terminal; `layertui --help` lists the verbs that need none")
    # Nothing that is made before the first frame is garbage; the app looks for some again as soon as that is drawn.
    gc.disable()
    from layertui.tui.app import LayerTui

    asked.enter(asked.settings.store)  # now: there are no threads yet
    app = LayerTui(asked.settings, image)
    app.run()
    return app.return_code or 0


def has_terminal() -> bool:
    """Whether somebody can see the screen and press keys."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
