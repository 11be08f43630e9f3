"""The text in the border of a pane: its title above, the state of its content below."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


def set_title(pane: Widget, text: str) -> None:
    """Set the title; the same one is not set again, as that would redraw the whole pane. The text is safe already."""
    title = Content(text)
    if title.markup != pane.border_title:
        pane.border_title = title


def set_subtitle(pane: Widget, *parts: str) -> None:
    """Write these parts, without empty ones, into the lower border. They are safe already."""
    subtitle = Content(" · ".join(filter(None, parts)))
    if subtitle.markup != pane.border_subtitle:
        pane.border_subtitle = subtitle
