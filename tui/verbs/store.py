"""Verbs of the store: fsck, gc, df, demo, version."""

from __future__ import annotations

import click

from layertui import __version__
from layertui.tui.verbs.shape import Asked, pass_asked, verb


@verb("version")
@pass_asked
def version_verb(asked: Asked) -> None:
    """Print layertui's version."""
    if asked.json:
        asked.out.document({"version": __version__})
    else:
        asked.out.line(f"layertui {__version__}")
