"""The five panes of the home screen, and which of them has the focus."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.layout import Layout
from textual.widget import Widget

from layertui.tui.textual_patches.layout_now import layout_now
from layertui.tui.widgets.chrome.pane_layout import (
    PANES,
    Arrangement,
    PaneLayout,
    borders,
    pane_regions,
)
from layertui.tui.widgets.lists.row_list import RowList


class Panes(Widget):
    """Holds the panes and rearranges them when the focus, the zoom or their lengths change."""

    def __init__(self, *children: Widget) -> None:
        super().__init__(*children)
        self._pane_layout = PaneLayout()
        self._held: str | None = None
        """The name of the border that is being dragged."""

    @property
    def layout(self) -> Layout:
        """Not a layout of the style sheet: regions depend on the focus."""
        return self._pane_layout

    @property
    def arrangement(self) -> Arrangement:
        """What the regions depend on."""
        return self._pane_layout.arrangement

    def rearrange(
        self,
        focused: str | None = None,
        zoom: int | None = None,
        rows: dict[str, int] | None = None,
        dragged: Mapping[str, int] | None = None,
        keep: bool = False,  # noqa: FBT002 - named in each call
    ) -> None:
        """Change the given fields, and lay out again if that makes a difference."""
        was = self.arrangement
        now = Arrangement(
            focused=was.focused if focused is None else focused,
            grown=was.grown if focused is None else (was.grown or was.focused) if keep else "",
            zoom=was.zoom if zoom is None else max(0, min(2, zoom)),
            rows=was.rows if rows is None else {**was.rows, **rows},
            dragged=was.dragged if dragged is None else dragged,
        )
        if now == was:
            return
        self._pane_layout.arrangement = now
        width, height = self.size
        if pane_regions(width, height, now) != pane_regions(width, height, was):
            layout_now(self)

    # -- borders that are dragged

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of a border: of the frames on both sides of it."""
        if event.button != 1 or self.arrangement.zoom:
            return
        x, y = event.screen_x - self.region.x, event.screen_y - self.region.y
        width, height = self.size
        for border in borders(pane_regions(width, height, self.arrangement), width):
            across, along = (x, y) if border.is_upright else (y, x)
            held = (border.at - 1, border.at) if border.is_upright else (border.at - 1,)  # the line below has a title
            if across in held and border.start <= along < border.end:
                self._held = border.name
                self.screen.clear_selection()  # a border is dragged, and no text selected
                self.capture_mouse()
                return

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag it; once it has moved, it stays where it is left."""
        if self._held is None:
            return
        event.stop()
        width, height = self.size
        now = borders(pane_regions(width, height, self.arrangement), width)
        border = next((one for one in now if one.name == self._held), None)
        if border is None:
            return
        across = event.screen_x - self.region.x if border.is_upright else event.screen_y - self.region.y
        whole = self.size.width if border.is_upright else self.size.height
        if across not in (border.at - 1, border.at) or border.name in self.arrangement.dragged:
            to = max(border.least, min(across, border.most))
            self.rearrange(dragged={**self.arrangement.dragged, border.name: round(to * 1000 / max(1, whole))})

    def on_mouse_up(self) -> None:
        """Let it go."""
        if self._held is not None:
            self._held = None
            self.release_mouse()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for node in event.widget.ancestors_with_self:
            if node.id in PANES:
                pressed = isinstance(event.widget, RowList) and event.widget.is_pressed
                # What is under the pointer stays there: the second click of two is for the same row.
                self.rearrange(focused=node.id, keep=pressed or self._held is not None)
                return
