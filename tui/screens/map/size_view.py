"""The widgets of the size map's screen, and what they show of where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.screens.map.map_text import rest_lines
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.size.about_lines import AboutLine, AboutLines
from layertui.tui.widgets.size.map_legend import LegendRow, MapLegend
from layertui.tui.widgets.size.size_table import SizeRow, SizeTable
from layertui.tui.widgets.size.treemap import Treemap
from layertui.tui.widgets.text.pane_frame import set_subtitle
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode
    from layertui.tui.screens.map.size_walk import Key, SizeWalk
    from layertui.tui.widgets.size.tile_styles import Ink

TABS = (("map", tr("Map")), ("table", tr("Table")))

MOST_ROWS = 2000
"""The rows of a folder in the table; what is smaller is together in one more row."""


class MapMeaning(Protocol):
    """What the colours and groups of a map are, and what is said about it."""

    def figures(self, found: SizeMap, folder: SizeNode) -> Sequence[str]:
        """The figures of the shown folder, and how the map is divided."""
        ...

    def whole(self) -> AboutLine:
        """The whole in one line."""
        ...

    def inks(self, found: SizeMap) -> Sequence[Ink]:
        """One for each colour of the map."""
        ...

    def notes(self, found: SizeMap) -> Sequence[str]:
        """A text for each colour of the map, such as a layer's step."""
        ...

    def group(self, about: SizeNode) -> str:
        """What most bytes of a node are of."""
        ...

    def node(self, found: SizeMap, node: int) -> tuple[AboutLine, AboutLine]:
        """Two lines about one node."""
        ...


class SizeView:
    """Made once; each call of `show` draws all of it."""

    def __init__(self, table: SizeTable | None = None) -> None:
        self.header = HeaderLine()
        self.whole = AboutLines(id="whole")
        self.treemap = Treemap(id="map")
        self.table = table or SizeTable(id="table")
        self.frame = TabFrame(TABS, self.treemap, self.table)
        self.legend = MapLegend(id="legend")
        self.about = AboutLines(id="about")

    def wait(self, text: str) -> None:
        """Show why there is nothing yet, or what went wrong."""
        self.whole.show(AboutLine(pieces=[(safe(text), "dim")]))

    def show(self, meaning: MapMeaning, walk: SizeWalk) -> None:
        """Show a folder of a map, in the visible tab."""
        here, found = walk.here, walk.map
        self.whole.show(meaning.whole())
        inks = meaning.inks(found)
        figures = zip(inks, found.colours, found.by_colour(here.folder), meaning.notes(found), strict=True)
        rows = [LegendRow(*row) for row in figures]
        folder = found.describe_one(here.folder)
        self.legend.show(rows, folder.hidden)
        if self.frame.current == "map":
            self.treemap.show(found, here.folder, inks, skipped=here.skipped, cursor=here.cursor)
        else:
            self._show_rows(meaning, walk)
        path = safe(found.path(here.folder))
        if (part := found.group_of(here.folder)) is not None:
            path = f"{safe(found.colours[part])}: {path}"
        where = tr("{path} without the largest {skipped:,}", path=path, skipped=here.skipped) if here.skipped else path
        set_subtitle(self.frame, where, *meaning.figures(found, folder))

    def _show_rows(self, meaning: MapMeaning, walk: SizeWalk) -> None:
        here, found = walk.here, walk.map
        nodes = found.tree.children(here.folder)
        shown = nodes[here.skipped : here.skipped + MOST_ROWS]
        whole = max(1, int(found.tree.sizes[0]))
        rows = [
            SizeRow(
                one.node,
                one.name,
                one.size,
                one.hidden,
                meaning.group(one),
                one.size / whole,
                is_folder=one.is_folder and bool(found.tree.path_ids[one.node] >= 0),  # a layer or a package is none
            )
            for one in found.describe(shown)
        ]
        skipped = here.skipped + len(shown)
        if skipped < len(nodes):
            rest = int(found.tree.sizes[nodes[skipped:]].sum())
            count = len(nodes) - skipped
            name = many(count, "smaller one")
            rows.append(SizeRow(here.folder, name, rest, 0, "", rest / whole, skipped=skipped, rest=count))
        self.table.whole = max((row.size for row in rows), default=1)
        self.table.show_items(rows)
        if here.cursor is not None:
            self.table.go_to(f"{here.cursor[0]}+{here.cursor[1]}")

    def describe(self, meaning: MapMeaning, walk: SizeWalk) -> None:
        """Describe what the cursor is on."""
        if walk.here.cursor is None:
            self.about.show()
        elif self.rest is not None:
            self.about.show(*rest_lines(walk.map, walk.here.cursor[0], *self.rest))
        else:
            self.about.show(*meaning.node(walk.map, walk.here.cursor[0]))

    @property
    def cursor(self) -> Key | None:
        """What the cursor of the visible tab is on."""
        if self.frame.current == "map":
            tile = self.treemap.current
            return tile.key if tile is not None else None
        row = self.table.current
        return (row.node, row.skipped) if row is not None else None

    @property
    def rest(self) -> tuple[int, int] | None:
        """How many smaller ones it stands for, and their bytes; None if it is one folder or file."""
        if self.frame.current == "map":
            tile = self.treemap.current
            return (tile.rest, tile.size) if tile is not None and tile.is_rest else None
        row = self.table.current
        return (row.rest, row.size) if row is not None and row.rest else None
