"""PictureView: a picture in cells, drawn for the present size of the pane."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.widgets.pages.picture_lines import PictureRoom


class PictureView(Widget, can_focus=True):
    """Shows lines that are drawn elsewhere for its `room`; it asks for others with `Wanted`, when it gets another size or theme."""

    TITLE_OF_KEYS = tr("Picture")

    DEFAULT_CSS = "PictureView { height: 1fr; background: transparent; }"

    class Wanted(Message):
        """The room is another one than that which the lines were drawn for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: Sequence[Strip] = ()
        self._drawn_for: PictureRoom | None = None

    def show_lines(self, strips: Sequence[Strip], room: PictureRoom) -> None:
        """Show a picture that was drawn for a room."""
        self._strips, self._drawn_for = strips, room
        self.refresh()

    def room(self, *, few_colours: bool) -> PictureRoom:
        """The cells there are, and what is behind them."""
        behind = self.background_colors[1]
        is_dark = self.app.current_theme.dark
        return PictureRoom(self.size.width, self.size.height, behind.rgb, is_dark, few_colours)

    def on_resize(self) -> None:
        self._ask()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._ask()

    def _ask(self) -> None:
        drawn = self._drawn_for
        if drawn is not None and self.display and self.room(few_colours=drawn.few_colours) != drawn:
            self.post_message(self.Wanted())

    def render_line(self, y: int) -> Strip:
        """One line of the picture."""
        width, base = self.size.width, self.rich_style
        strip = self._strips[y] if y < len(self._strips) else Strip([])
        return strip.apply_style(base).crop_extend(0, width, base)
