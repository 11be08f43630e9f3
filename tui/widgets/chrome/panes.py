"""The five panes of the home screen, and which of them has the focus."""

from __future__ import annotations

from textual import events
from textual.layout import Layout
from textual.widget import Widget

from layertui.tui.textual_patches.layout_now import layout_now
from layertui.tui.widgets.chrome.pane_layout import PANES, Arrangement, PaneLayout, pane_regions


class Panes(Widget):
    """Holds the panes and rearranges them when the focus, the zoom or their lengths change."""

    def __init__(self, *children: Widget) -> None:
        super().__init__(*children)
        self._pane_layout = PaneLayout()

    @property
    def layout(self) -> Layout:
        """Not a layout of the style sheet: regions depend on the focus."""
        return self._pane_layout

    @property
    def arrangement(self) -> Arrangement:
        """What the regions depend on."""
        return self._pane_layout.arrangement

    def rearrange(
        self, focused: str | None = None, zoom: int | None = None, rows: dict[str, int] | None = None
    ) -> None:
        """Change the given fields, and lay out again if that makes a difference."""
        was = self.arrangement
        now = Arrangement(
            focused=was.focused if focused is None else focused,
            zoom=was.zoom if zoom is None else max(0, min(2, zoom)),
            rows=was.rows if rows is None else {**was.rows, **rows},
        )
        if now == was:
            return
        self._pane_layout.arrangement = now
        width, height = self.size
        if pane_regions(width, height, now) != pane_regions(width, height, was):
            layout_now(self)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for node in event.widget.ancestors_with_self:
            if node.id in PANES:
                self.rearrange(focused=node.id)
                return
