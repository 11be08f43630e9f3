"""Suggests the nearest of the known names for one that is unknown."""

from __future__ import annotations

from collections.abc import Iterable

from layertui.core.language.texts import tr


def did_you_mean(name: str, names: Iterable[str], otherwise: str) -> str:
    """The end of a message about an unknown name: the nearest one, or `otherwise` if none is near."""
    from difflib import get_close_matches  # late: only an error needs it

    near = get_close_matches(name, list(names), n=1)
    return tr("did you mean {near!r}?", near=near[0]) if near else otherwise
