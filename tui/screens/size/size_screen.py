"""What takes the bytes of an image or a container: as areas, and as a table of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr, trn
from layertui.tui.common.format import size
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.map.map_screen import MapScreen
from layertui.tui.screens.map.size_view import SizeView
from layertui.tui.screens.map.size_walk import SizeWalk
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.size.size_text import SPLIT_NAMES, LayerMeaning

if TYPE_CHECKING:
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.look.size_maps import SizeMaps, Split
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress


NEXT: dict[Split, Split] = {"layer": "folder", "kind": "layer", "package": "kind", "folder": "package"}
"""How a map is divided, and how it is divided before the same key was pressed."""


class PathOnHome(NamedTuple):
    """Where a size map was left to: the path that home shows then."""

    path: str
    layer: int | None
    """The layer as of which it is visible; None for the top."""


class SizeScreen(MapScreen[PathOnHome]):
    """The bytes of each folder and file: hidden ones hatched, with the layer and the step that most came from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "by_layer", tr("by layer"), tooltip=tr("Divide by layer first: what each step stores")),
        Binding(
            "b",
            "by_kind",
            tr("by kind"),
            tooltip=tr("Divide by kind of file first: shared libraries, Python, docs and others"),
        ),
        Binding(
            "b",
            "by_package",
            tr("by package"),
            tooltip=tr("Divide by package first: what each takes, and what none owns"),
        ),
        Binding("b", "by_folder", tr("by folder"), tooltip=tr("Divide by folder, all layers together")),
        Binding("F", "to_files", tr("to Files"), tooltip=tr("Show it in Files on home")),
        Binding("f", "lookup", tr("look up"), tooltip=tr("Look up which layer a path comes from: top-down search")),
        Binding(
            "enter", "fetch", tr("fetch the layers"), tooltip=tr("Fetch the layers from the registry, and measure them")
        ),
        Binding(
            "r", "refresh", tr("refresh"), show=False, tooltip=tr("Measure again: a container may have been written to")
        ),
    ]

    def __init__(self, name: str, path: str = "/") -> None:
        """`path` is where to begin."""
        super().__init__(SizeView())
        self._of, self._path = name, path
        self._maps: SizeMaps | None = None
        self._split: Split = "folder"
        self._walks: dict[Split, SizeWalk] = {}
        self._to_fetch: Subject | None = None
        """What is opened and whose layers are fetched only when that is asked for."""
        self.offer(
            {
                **{f"by_{split}": self._dividing(split, NEXT[split]) for split in NEXT},
                "to_files": Action(self._to_files, self.no_map),
                "lookup": Action(self._look_up, self.no_map),
                "fetch": Action(
                    self._fetch, lambda: "" if self._to_fetch is not None else tr("there is nothing to fetch")
                ),
                "refresh": Action(self._refresh),
            }
        )

    def on_mount(self) -> None:
        self.view.header.subject = self._of
        self.view.treemap.focus()
        self._open()

    # -- what is measured

    def _open(self) -> None:
        def opened(inspector: Inspector, progress: Progress) -> tuple[Subject, int]:
            subject = inspector.open(self._of, progress=progress, or_container=True)
            return subject, inspector.bytes_to_fetch(subject)

        self.view.wait(tr("Reading the layers …"))
        self.ask(tr("opening {of}", of=self._of), opened, self._opened, group="size", failed=self._failed)

    def _refresh(self) -> None:
        self._path = self.path_here() if self.walk is not None else self._path
        self._open()

    def _opened(self, answer: tuple[Subject, int]) -> None:
        subject, to_fetch = answer
        self.view.header.subject = subject.title
        if to_fetch:
            self._to_fetch = subject
            self.view.wait(
                tr(
                    "The layers are in the registry: {size}. {fetch} fetches them.",
                    size=size(to_fetch),
                    fetch=key_name("fetch", "Enter"),
                )
            )
            self.refresh_bindings()
        else:
            self._measure(subject)

    def _measure(self, subject: Subject) -> None:
        def measured(inspector: Inspector, progress: Progress) -> SizeMaps:
            maps = inspector.analysis.size_maps(subject, progress)
            for split in {"folder", self._split}:  # that of all files has the figures of the whole
                maps.by(split)
            return maps

        self.ask(tr("measuring"), measured, self._measured, group="size", failed=self._failed)

    def _measured(self, maps: SizeMaps) -> None:
        self._maps = maps
        walk = SizeWalk(maps.by(self._split))
        if self._split == "folder":
            walk.go_to(self._path)
        self._walks = {self._split: walk}
        self.show()
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
            self.show()
            self.refresh_bindings()
            if split == "package" and maps.not_read:
                count = len(maps.not_read)
                text = trn(
                    "{count} package database was not read: {first}",
                    "{count} package databases were not read: {first}",
                    count,
                    first=maps.not_read[0],
                )
                self.show_notice(text, severity="warning")

        self.ask(tr("measuring"), lambda _inspector, _progress: maps.by(split), known, group="split")

    # -- where one is

    def _dividing(self, split: Split, before: Split) -> Action:
        """One of four that are one after another on the same key."""

        def refusal() -> str:
            return self.no_map() or (
                ""
                if self._split == before
                else tr(
                    "by {split}: {by_layer} leads there in turn",
                    by_layer=key_name("by_layer", "b"),
                    split=SPLIT_NAMES[split],
                )
            )

        return Action(lambda: self._divide(split), refusal)

    @property
    def walk(self) -> SizeWalk | None:
        return self._walks.get(self._split)

    @property
    def meaning(self) -> LayerMeaning | None:
        return LayerMeaning(self._maps, self._split) if self._maps is not None else None

    def file_chosen(self) -> None:
        self._to_files()

    def _fetch(self) -> None:
        """Read the layers that were left where they are, in a registry."""
        if self._to_fetch is not None:
            subject, self._to_fetch = self._to_fetch, None
            self.view.wait(tr("Fetching the layers …"))
            self._measure(subject)

    # -- elsewhere

    def _to_files(self) -> None:
        if self.walk is None or self._maps is None:
            return
        cursor = self.walk.here.cursor
        layer = self._maps.visible_as_of(self.walk.map, cursor[0]) if cursor is not None else None
        self.dismiss(PathOnHome(self.path_here(), layer))

    def _look_up(self) -> None:
        from layertui.tui.screens.lookup_screen import LookupScreen

        self.app.push_screen(LookupScreen(self._of, self.path_here()).on_engine(self.engine))
