"""A screen with a size map, as areas and as a table: the widgets, and the way through the folders."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.map.size_view import TABS, SizeView
from layertui.tui.screens.shared.base_screen import InspectorScreen, numbered
from layertui.tui.screens.shared.clipboard import COPY_KEY, copy_text
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.size.size_table import SizeTable
from layertui.tui.widgets.size.treemap import Treemap

if TYPE_CHECKING:
    from layertui.tui.screens.map.size_view import MapMeaning
    from layertui.tui.screens.map.size_walk import SizeWalk

R = TypeVar("R")


class MapScreen(InspectorScreen[R]):
    """Bytes by folder, as areas and as a table: those of an image, or those that two compared sides differ by."""

    DEFAULT_CSS = """
    MapScreen #whole { height: 1; }
    MapScreen #body { height: 1fr; layout: vertical; }
    MapScreen.-wide #body { layout: horizontal; }
    MapScreen.-wide #legend { width: 46; height: 1fr; padding: 1 1 0 2; }
    MapScreen.-medium #legend { height: 5; }
    MapScreen #body > TabFrame { width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "out", tr("go out"), tooltip=tr("Go to the folder around, then to what was shown before")),
        Binding(
            "tab", "turn", tr("map or table"), key_display="Tab", tooltip=tr("Change between the map and the table")
        ),
        COPY_KEY,
        *numbered("tab", TABS),
    ]

    def __init__(self, view: SizeView) -> None:
        super().__init__()
        self.view = view
        self.offer(
            {
                "out": Action(self._out, self.no_map),
                "turn": Action(self._turn),
                "copy": Action(self._copy, self.no_map),
                "tab": Action(self.view.frame.go_to),
            }
        )

    @property
    @abstractmethod
    def walk(self) -> SizeWalk | None:
        """Where one is in the shown map; None while there is no map."""

    @property
    @abstractmethod
    def meaning(self) -> MapMeaning | None:
        """What the shown map's colours are; None while there is no map."""

    @abstractmethod
    def file_chosen(self) -> None:
        """Enter on a file."""

    def compose(self) -> ComposeResult:
        """From top to bottom; the legend at the right if there is room."""
        yield self.view.header
        yield self.view.whole
        with Container(id="body"):
            yield self.view.frame
            yield self.view.legend
        yield self.view.about
        yield KeyBar()

    def no_map(self) -> str:
        """Why there is nothing to act on; empty if there is a map."""
        return "" if self.walk is not None else tr("the layers are not read yet")

    def path_here(self) -> str:
        """The path that the cursor is on."""
        assert self.walk is not None
        cursor = self.walk.here.cursor
        return self.walk.map.path(cursor[0]) if cursor is not None else "/"

    def show(self) -> None:
        """Show the folder of the map, and what the cursor is on."""
        if self.meaning is not None and self.walk is not None:
            self.view.show(self.meaning, self.walk)
            self._look()

    def _look(self) -> None:
        """The cursor is on something else."""
        if self.meaning is not None and self.walk is not None:
            self.walk.look(self.view.cursor)
            self.view.describe(self.meaning, self.walk)

    @on(Treemap.Moved)
    def _tile_moved(self) -> None:
        if self.view.frame.current == "map":
            self._look()

    @on(RowList.Moved)
    def _row_moved(self) -> None:
        if self.view.frame.current == "table":
            self._look()

    @on(Treemap.Chosen)
    @on(RowList.Chosen)
    def _chosen(self) -> None:
        if self.walk is None:
            return
        self.walk.look(self.view.cursor)
        if self.walk.enter():
            self.show()
        else:
            self.file_chosen()

    @on(SizeTable.Out)
    def _table_out(self) -> None:
        if self.walk is not None and self.walk.leave():
            self.show()

    def _out(self) -> None:
        if self.walk is None:
            return
        if self.walk.out():
            self.show()
        else:
            self.show_notice(tr("This is the top. {back} goes back.", back=key_name("back", "Esc")), seconds=3)

    def _turn(self) -> None:
        frame = self.view.frame
        frame.go_to("table" if frame.current == "map" else "map")

    @on(TabFrame.Changed)
    def _turned(self) -> None:
        """The cursor stays on what it was on, as far as the other tab shows it."""
        self.show()

    def _copy(self) -> None:
        path = safe(self.path_here())
        copy_text(self, path, path)
