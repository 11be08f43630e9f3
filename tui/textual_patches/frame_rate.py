"""More frames a second than Textual paints.

Why: a key through the layers is painted in two frames, one with its row and one with the files, and each waits for the clock.
Without it: such a key takes up to 33 ms until it is seen.
"""

from __future__ import annotations

from textual import constants, screen

FRAMES = 240
"""Frames a second at most."""


def raise_frame_rate() -> None:
    """Screens made from now on paint at most `FRAMES` a second; where the user has set TEXTUAL_FPS, that many."""
    if constants.get_environ("TEXTUAL_FPS") is None:
        screen.UPDATE_PERIOD = 1 / FRAMES  # type: ignore[misc]
