"""The text in the border of a pane: its title above, the state of its content below."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


def entitle(pane: Widget, text: str) -> None:
    """Write a title; the same one again would draw the whole pane anew. The text is safe already."""
    title = Content(text)
    if title.markup != pane.border_title:
        pane.border_title = title


def tell_below(pane: Widget, *parts: str) -> None:
    """Write these into the lower edge, those that are empty left out. They are safe already."""
    told = Content(" · ".join(filter(None, parts)))
    if told.markup != pane.border_subtitle:
        pane.border_subtitle = told
