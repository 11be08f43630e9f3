"""Layout of a widget's children at once, by a layout that depends on more than the widget's size.

Why: Textual caches an arrangement by size alone, and lays out when it is idle. A change of focus asks where widgets are before that.
Without it: panes that change places with the focus are painted in the new place with the old size, and stay so.
"""

from __future__ import annotations

from textual.widget import Widget


def layout_now(widget: Widget) -> None:
    """Arrange the children of the widget again, and paint once."""
    widget._clear_arrangement_cache()
    with widget.app.batch_update():
        widget.screen._refresh_layout()
