"""What takes the bytes of an image or a container: as areas, and as a table of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from layertui.tui.common.format import safe, size
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.shared.base_screen import InspectorScreen, numbered
from layertui.tui.screens.shared.clipboard import COPY_KEY, copy_text
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.size.size_view import TABS, SizeView
from layertui.tui.screens.size.size_walk import SizeWalk
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.size.size_table import SizeTable
from layertui.tui.widgets.size.treemap import Treemap

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.look.size_maps import SizeMaps, Split
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress


NEXT: dict[Split, Split] = {"layer": "folder", "kind": "layer", "package": "kind", "folder": "package"}
"""How a map is divided, and how it is divided before the same key was pressed."""


class PathOnHome(NamedTuple):
    """A path to show on home."""

    path: str
    layer: int | None
    """The layer as of which it is visible; None for the top."""


class SizeScreen(InspectorScreen[PathOnHome]):
    """The bytes of each folder and file: hidden ones hatched, with the layer and the step that most came from."""

    DEFAULT_CSS = """
    SizeScreen #whole { height: 1; }
    SizeScreen #body { height: 1fr; layout: vertical; }
    SizeScreen.-wide #body { layout: horizontal; }
    SizeScreen.-wide #legend { width: 46; height: 1fr; padding: 1 1 0 2; }
    SizeScreen.-medium #legend { height: 5; }
    SizeScreen #body > TabFrame { width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "out", "go out", tooltip="Go to the folder around, then to what was shown before"),
        Binding("tab", "turn", "map or table", key_display="Tab", tooltip="Change between the map and the table"),
        Binding("b", "by_layer", "by layer", tooltip="Divide by layer first: what each step stores"),
        Binding(
            "b", "by_kind", "by kind", tooltip="Divide by kind of file first: shared libraries, Python, docs and others"
        ),
        Binding(
            "b", "by_package", "by package", tooltip="Divide by package first: what each takes, and what none owns"
        ),
        Binding("b", "by_folder", "by folder", tooltip="Divide by folder, all layers together"),
        Binding("F", "to_files", "to Files", tooltip="Show it in Files on home"),
        Binding("f", "lookup", "look up", tooltip="Look up which layer a path comes from: top-down search"),
        Binding("enter", "fetch", "fetch the layers", tooltip="Fetch the layers from the registry, and measure them"),
        COPY_KEY,
        Binding("r", "refresh", "refresh", show=False, tooltip="Measure again: a container may have been written to"),
        *numbered("tab", TABS),
    ]

    def __init__(self, name: str, path: str = "/") -> None:
        """`path` is where to begin."""
        super().__init__()
        self._of, self._path = name, path
        self.view = SizeView()
        self._maps: SizeMaps | None = None
        self._split: Split = "folder"
        self._walks: dict[Split, SizeWalk] = {}
        self._to_fetch: Subject | None = None
        """What is opened and whose layers are fetched only when that is asked for."""
        self.offer(
            {
                "out": Action(self._out, self._no_map),
                "turn": Action(self._turn),
                **{f"by_{split}": self._dividing(split, NEXT[split]) for split in NEXT},
                "to_files": Action(self._to_files, self._no_map),
                "lookup": Action(self._look_up, self._no_map),
                "fetch": Action(self._fetch, lambda: "" if self._to_fetch is not None else "there is nothing to fetch"),
                "copy": Action(self._copy, self._no_map),
                "refresh": Action(self._refresh),
                "tab": Action(self.view.frame.go_to),
            }
        )

    def compose(self) -> ComposeResult:
        """From top to bottom; the legend at the right if there is room."""
        yield self.view.header
        yield self.view.whole
        with Container(id="body"):
            yield self.view.frame
            yield self.view.legend
        yield self.view.about
        yield KeyBar()

    def on_mount(self) -> None:
        self.view.header.subject = self._of
        self.view.treemap.focus()
        self._open()

    # -- what is measured

    def _open(self) -> None:
        def opened(inspector: Inspector, progress: Progress) -> tuple[Subject, int]:
            subject = inspector.open(self._of, progress=progress, or_container=True)
            return subject, inspector.bytes_to_fetch(subject)

        self.view.wait("Reading the layers …")
        self.ask(f"opening {self._of}", opened, self._opened, group="size", failed=self._failed)

    def _refresh(self) -> None:
        self._path = self._path_here() if self._walk is not None else self._path
        self._open()

    def _opened(self, answer: tuple[Subject, int]) -> None:
        subject, to_fetch = answer
        self.view.header.subject = subject.title
        if to_fetch:
            self._to_fetch = subject
            self.view.wait(f"The layers are in the registry: {size(to_fetch)}. Enter fetches them.")
            self.refresh_bindings()
        else:
            self._measure(subject)

    def _measure(self, subject: Subject) -> None:
        def measured(inspector: Inspector, progress: Progress) -> SizeMaps:
            maps = inspector.analysis.size_maps(subject, progress)
            for split in {"folder", self._split}:  # that of all files has the figures of the whole
                maps.by(split)
            return maps

        self.ask("measuring", measured, self._measured, group="size", failed=self._failed)

    def _measured(self, maps: SizeMaps) -> None:
        self._maps = maps
        walk = SizeWalk(maps.by(self._split))
        if self._split == "folder":
            walk.go_to(self._path)
        self._walks = {self._split: walk}
        self._show()
        self.refresh_bindings()

    def _failed(self, error: Exception) -> None:
        self.view.wait(one_line(error))
        self.show_error(error)

    def _divide(self, split: Split) -> None:
        maps = self._maps
        if maps is None:
            return

        def known(_: object) -> None:
            self._split = split
            self._walks.setdefault(split, SizeWalk(maps.by(split)))
            self._show()
            self.refresh_bindings()

        self.ask("measuring", lambda _inspector, _progress: maps.by(split), known, group="split")

    # -- where one is

    @property
    def _walk(self) -> SizeWalk | None:
        return self._walks.get(self._split)

    def _no_map(self) -> str:
        return "" if self._walk is not None else "the layers are not read yet"

    def _dividing(self, split: Split, before: Split) -> Action:
        """One of four that are one after another on the same key."""

        def refusal() -> str:
            return self._no_map() or ("" if self._split == before else f"by {split}: b leads there in turn")

        return Action(lambda: self._divide(split), refusal)

    def _show(self) -> None:
        if self._maps is not None and self._walk is not None:
            self.view.show(self._maps, self._walk, self._split)
            self._look()

    def _look(self) -> None:
        """The cursor is on something else."""
        if self._maps is not None and self._walk is not None:
            self._walk.look(self.view.cursor)
            self.view.describe(self._maps, self._walk)

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
        if self._walk is None:
            return
        self._walk.look(self.view.cursor)
        if self._walk.enter():
            self._show()
        else:
            self._to_files()

    @on(SizeTable.Out)
    def _table_out(self) -> None:
        if self._walk is not None and self._walk.leave():
            self._show()

    def _out(self) -> None:
        if self._walk is None:
            return
        if self._walk.out():
            self._show()
        else:
            self.show_notice("This is the top. Esc goes back.", seconds=3)

    def _turn(self) -> None:
        frame = self.view.frame
        frame.go_to("table" if frame.current == "map" else "map")

    @on(TabFrame.Changed)
    def _turned(self) -> None:
        """The cursor stays on what it was on, as far as the other tab shows it."""
        self._show()

    def _fetch(self) -> None:
        """Read the layers that were left where they are, in a registry."""
        if self._to_fetch is not None:
            subject, self._to_fetch = self._to_fetch, None
            self.view.wait("Fetching the layers …")
            self._measure(subject)

    # -- elsewhere

    def _path_here(self) -> str:
        assert self._walk is not None
        cursor = self._walk.here.cursor
        return self._walk.map.path(cursor[0]) if cursor is not None else "/"

    def _to_files(self) -> None:
        if self._walk is None or self._maps is None:
            return
        cursor = self._walk.here.cursor
        layer = self._maps.visible_as_of(self._walk.map, cursor[0]) if cursor is not None else None
        self.dismiss(PathOnHome(self._path_here(), layer))

    def _look_up(self) -> None:
        from layertui.tui.screens.lookup_screen import LookupScreen

        self.app.push_screen(LookupScreen(self._of, self._path_here()).on_engine(self.engine))

    def _copy(self) -> None:
        path = safe(self._path_here())
        copy_text(self, path, path)
