"""The size map as areas: a tile for each folder and file, as large as its bytes, in the colour of the layer that most came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.common.tile_layout import Rect
from layertui.tui.widgets.size.tile_styles import BELOW, HATCH, OTHERS, RIGHT, Ink, TileStyles, has_few_colours
from layertui.tui.widgets.size.tiles import Tile, TileGrid, arranged
from layertui.tui.widgets.text.pieces import fit, many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode


class Treemap(Widget, can_focus=True):
    """The tiles of one folder, and of what is in its folders."""

    TITLE_OF_KEYS = tr("Size map")

    DEFAULT_CSS = """
    Treemap { height: 1fr; width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("go in"), tooltip=tr("Go into the folder; a file is shown in Files")),
        Binding("left,h", "go(-1, 0)", tr("left"), show=False, tooltip=tr("Go to the tile on the left")),
        Binding("right,l", "go(1, 0)", tr("right"), show=False, tooltip=tr("Go to the tile on the right")),
        Binding(
            "up,k",
            "go(0, -1)",
            tr("up"),
            show=False,
            tooltip=tr("Go to the tile above, or to the name of the folder around"),
        ),
        Binding(
            "down,j", "go(0, 1)", tr("down"), show=False, tooltip=tr("Go to the tile below, or into an open folder")
        ),
        Binding("home,g", "go_to(0)", tr("first"), show=False, tooltip=tr("Go to the largest")),
        Binding("end,G", "go_to(-1)", tr("last"), show=False, tooltip=tr("Go to the last tile")),
    ]

    class Moved(Message):
        """The cursor is on another tile, or there are other tiles."""

        def __init__(self, tile: Tile | None) -> None:
            super().__init__()
            self.tile = tile

    class Chosen(Moved):
        """Enter, or a second click on a tile."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.map: SizeMap | None = None
        self.tiles: list[Tile] = []
        self.cursor = 0
        self._folder, self._skipped = 0, 0
        self._inks: Sequence[Ink] = ()
        self._wanted: tuple[int, int] | None = None
        self._seen_from = (
            0,
            0,
        )  # the cell from which the next move starts, so that going on and back leads to the same tile
        self._grid = TileGrid([], 0, 0)
        self._about: dict[int, SizeNode] = {}
        self._styles: TileStyles | None = None
        self._base: Style | None = None
        self._drawn: dict[tuple[int, int], list[Segment]] = {}
        """By tile and line, as far as they were drawn, without the cursor."""

    # -- called by the screen

    def show(
        self,
        found: SizeMap,
        folder: int,
        inks: Sequence[Ink],
        *,
        skipped: int = 0,
        cursor: tuple[int, int] | None = None,
    ) -> None:
        """Show what is in a folder, without the largest `skipped`; the cursor goes to the tile with this `Tile.key`."""
        self.map, self._folder, self._skipped, self._inks = found, folder, skipped, inks
        self._wanted = cursor
        self._arrange()

    @property
    def current(self) -> Tile | None:
        """The tile under the cursor."""
        return self.tiles[self.cursor] if self.tiles else None

    @property
    def menu_offset(self) -> Offset:
        """Where the menu of the tile under the cursor opens, if a key asks for it."""
        tile = self.current
        return Offset(tile.stop.x + 2, tile.stop.y + 1) if tile is not None else Offset(2, 1)

    def _arrange(self) -> None:
        if self.map is None or not self.size:
            return
        width, height = self.size
        self.tiles = arranged(self.map.tree, self._folder, Rect(0, 0, width, height), self._skipped)
        self._grid = TileGrid(self.tiles, width, height)
        self._drawn.clear()
        import numpy as np

        nodes = [tile.node for tile in self.tiles if not tile.is_rest]
        self._about = {one.node: one for one in self.map.describe(np.array(nodes, np.int64))}
        self.cursor = next((at for at, tile in enumerate(self.tiles) if tile.key == self._wanted), 0)
        self._look_from_middle()
        self.refresh()
        self.post_message(self.Moved(self.current))

    # -- the cursor

    def _look_from_middle(self) -> None:
        if (tile := self.current) is not None:
            x, y, width, height = tile.stop
            self._seen_from = x + width // 2, y + height // 2

    def _put_cursor(self, number: int) -> None:
        old, self.cursor = self.cursor, number
        self._wanted = self.tiles[number].key
        for one in {old, number}:
            self.refresh(Region(*self.tiles[one].area))
        self.post_message(self.Moved(self.current))

    def action_go(self, across: int, down: int) -> None:
        """To the next tile in a direction; nothing at the edge."""
        found = self._grid.beside(self.cursor, *self._seen_from, across, down) if self.tiles else None
        if found is None:
            return
        x, y = self._seen_from
        self._put_cursor(found)
        self._look_from_middle()
        middle_x, middle_y = self._seen_from
        self._seen_from = (middle_x, y) if across else (x, middle_y)

    def action_go_to(self, number: int) -> None:
        if self.tiles:
            self._put_cursor(number % len(self.tiles))
            self._look_from_middle()

    def action_choose(self) -> None:
        if self.tiles:
            self.post_message(self.Chosen(self.current))

    def on_click(self, event: events.Click) -> None:
        """A click selects a tile, a double click goes in; a right click selects it for the menu, which the app shows."""
        offset = event.get_content_offset(self)
        number = self._grid.at(offset.x, offset.y) if offset is not None else None
        if number is None:
            return
        if event.chain > 1 and number == self.cursor and event.button == 1:
            self.action_choose()
        elif number != self.cursor:
            self._put_cursor(number)
            self._look_from_middle()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and not self.tiles:
            return False
        return super().check_action(action, parameters)

    def to_copy(self) -> str | None:
        """The path of the tile under the cursor."""
        tile = self.current
        return safe(self.map.path(tile.node)) if self.map is not None and tile is not None else None

    # -- drawing

    def on_resize(self, _event: events.Resize) -> None:
        self._wanted = self.current.key if self.current is not None else self._wanted
        self._arrange()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = None
        self._drawn.clear()
        self.refresh()

    @property
    def styles_of_tiles(self) -> TileStyles:
        """Those of the current theme."""
        if self._styles is None:
            self._styles = TileStyles(
                self.app.theme_variables, dark=self.app.current_theme.dark, few_colours=has_few_colours(self.app)
            )
        return self._styles

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style  # looks through all widgets around this one: once for all lines
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        base = self._base or self.rich_style
        if y >= len(self._grid.lines):
            return Strip.blank(self.size.width, base)
        segments: list[Segment] = []
        for number, cells in self._grid.lines[y]:
            if number < 0:
                segments.append(Segment(" " * cells, base))
            elif number == self.cursor:
                segments += self._draw(number, y, cells)
            else:  # a step of the cursor draws many lines again, in which only one tile has changed
                if (number, y) not in self._drawn:
                    self._drawn[number, y] = self._draw(number, y, cells)
                segments += self._drawn[number, y]
        strip = Strip(segments, self.size.width)
        return strip.apply_style(base) if self.styles_of_tiles.few_colours else strip

    def _draw(self, number: int, y: int, cells: int) -> list[Segment]:
        return self._draw_open(number, y, cells) if self.tiles[number].is_open else self._draw_tile(number, y)

    def _draw_open(self, number: int, y: int, cells: int) -> list[Segment]:
        """The name of an open folder in its first line, and the bar at the left of what is in it."""
        tile, styles, cursor = self.tiles[number], self.styles_of_tiles, number == self.cursor
        if y > tile.area.y:
            return [Segment("▌" if cursor else " ", styles.sign() if cursor else styles.head())]
        about = self._about[tile.node]
        name, figures = self._head(about, cells - 1)
        return [
            Segment("▌" if cursor else " ", styles.head(cursor=cursor)),
            Segment(name, styles.head(cursor=cursor)),
            Segment(figures, styles.head_text(cursor=cursor)),
        ]

    def _head(self, about: SizeNode, room: int) -> tuple[str, str]:
        name = self._spelled(about)
        figures = f" {size(about.size)} {self._share(about.size)}"
        if cell_len(name) + len(figures) + 1 > room:
            return fit(name, room), ""
        return name, fit(figures, room - cell_len(name))

    def _draw_tile(self, number: int, y: int) -> list[Segment]:
        """One line of a tile: a part of its label, what is hidden hatched from below, and thin lines at two sides."""
        tile, styles, cursor = self.tiles[number], self.styles_of_tiles, number == self.cursor
        _, top, width, height = tile.area
        about = None if tile.is_rest else self._about[tile.node]
        ink = self._inks[about.colour] if about is not None else OTHERS
        text, is_name = self._label(tile, about, y - top)
        room = width - 1
        segments: list[Segment] = []
        if cursor:
            segments.append(Segment("▌"[:room], styles.sign()))
        elif text:
            segments.append(Segment(" "[:room], styles.fill(ink)))
        left = max(0, room - 1) if cursor or text else room
        if text:
            text = fit(text, min(cell_len(text), left))
            segments.append(
                Segment(text, styles.name(ink, cursor=cursor) if is_name else styles.fill(ink, cursor=cursor))
            )
            left -= cell_len(text)
        hatched = min(left, _hatched(about, room, height, height - 1 - (y - top)))
        filling = BELOW if y == top + height - 1 and height > 1 else styles.filling(ink)
        if left - hatched:
            fill = styles.edge(ink, cursor=cursor) if filling == BELOW else styles.fill(ink, cursor=cursor)
            segments.append(Segment(filling * (left - hatched), fill))
        if hatched:
            segments.append(Segment(HATCH * hatched, styles.hatch(ink, cursor=cursor)))
        edge = styles.hatch_edge(ink, cursor=cursor) if hatched == room else styles.edge(ink, cursor=cursor)
        return [*segments, Segment(RIGHT, edge)]

    def _label(self, tile: Tile, about: SizeNode | None, line: int) -> tuple[str, bool]:
        """A line of a tile's text, and whether it is the name."""
        height, room = tile.area.height, tile.area.width - 2
        others = many(tile.rest, "other") if tile.rest else tr("replaced file")
        name = others if about is None else self._signed(about)
        if line == 0:
            both = f"{name} {size(tile.size)}"
            return (both if height == 1 and cell_len(both) <= room else name), True
        if line == 1:
            share = self._share(tile.size)
            text = f"{size(tile.size)} {share}"
            # A figure that is cut says another one.
            return next((one for one in (text, size(tile.size)) if len(one) <= room), ""), False
        if line == 2 and height > 3 and about is not None and self.map is not None and not self.map.tree.is_split:
            name = safe(self.map.colours[about.colour])
            return (name if cell_len(name) <= room else ""), False
        return "", False

    def _signed(self, about: SizeNode) -> str:
        """Its name, after the sign of its colour, if that has one."""
        sign = self._inks[about.colour].sign
        return f"{sign} {self._spelled(about)}" if sign else self._spelled(about)

    def _spelled(self, about: SizeNode) -> str:
        """Its name, with a slash if it is a folder."""
        is_path = self.map is not None and self.map.tree.path_ids[about.node] >= 0
        return safe(about.name) + ("/" if about.is_folder and is_path else "")

    def _share(self, count: int) -> str:
        """The share of everything, if it is at least 1%."""
        whole = int(self.map.tree.sizes[0]) if self.map is not None else 0
        return f"{count / whole:.0%}" if whole and count * 100 >= whole else ""


def _hatched(about: SizeNode | None, width: int, height: int, from_below: int) -> int:
    """How many cells of a line of a tile show that bytes are hidden; lines are filled from below."""
    if about is None or not about.hidden:
        return 0
    cells = max(1, round(about.hidden / about.size * width * height))
    return max(0, min(width, cells - from_below * width))
