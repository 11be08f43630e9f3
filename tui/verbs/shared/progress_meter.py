"""Shows progress on stderr if it is a terminal: one line, which is erased at the end."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from layertui.tui.common.format import clock, count_text, rate, safe, size

if TYPE_CHECKING:
    from layertui.core.progress import Progress

DRAW_EVERY = 0.05
# What is done sooner than this is not worth a line.
SHOW_AFTER = 0.3


class Meter:
    """Draws how far a Progress is."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._what = ""
        self._begun = monotonic()
        self._drawn = 0.0
        self._showing = False

    def __call__(self, progress: Progress) -> None:
        """Take note of progress; at most twenty times a second it is drawn."""
        now = monotonic()
        if progress.what != self._what:
            self._what, self._begun = progress.what, now
        if now - self._drawn < DRAW_EVERY or now - self._begun < SHOW_AFTER:
            return
        self._drawn = now
        import shutil  # late: it brings three compressors, and most verbs are done before they draw

        self._screen.write("\r\x1b[K" + _line(progress, now - self._begun, shutil.get_terminal_size().columns - 1))
        self._screen.flush()
        self._showing = True

    def wipe(self) -> None:
        """Leave the line empty, for other words."""
        if self._showing:
            self._screen.write("\r\x1b[K")
            self._screen.flush()
            self._showing = False


def _line(progress: Progress, seconds: float, width: int) -> str:
    """So many cells at most: one that breaks would not be drawn over. What gives way is the name."""
    from layertui.tui.widgets.text.pieces import fit  # late too

    in_bytes = progress.unit == "bytes"
    shown = size if in_bytes else count_text
    figures = [shown(progress.done)]
    if progress.total:
        figures[0] += f" / {shown(progress.total)}"
    if in_bytes:
        figures.append(rate(progress.done, seconds))
    if progress.total and progress.done:
        figures.append(clock(seconds * max(0, progress.total - progress.done) / progress.done))
    figures_text = "  ".join(filter(None, figures))
    name = fit(safe(progress.what), width - len(figures_text) - 2).rstrip()
    return fit("  ".join(filter(None, (name, figures_text))), width).rstrip()


def meter() -> Meter | None:
    """A meter if stderr is a terminal."""
    return Meter(sys.stderr) if sys.stderr is not None and sys.stderr.isatty() else None
