"""What is known of a container, shown in the widgets of its screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text
from layertui.tui.screens.shared.file_rows import prepared_rows
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.load_line import LoadLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.files.file_tree import FileTree, Prepared

if TYPE_CHECKING:
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.process_list import ProcessRow
    from layertui.core.containers.observe.resource_usage import ResourceUsage
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.tui.screens.container.container_watch import Glance
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.widgets.text.text_match import Pattern


class ContainerTabs:
    """Writes each answer where it belongs."""

    def __init__(
        self,
        screen: InspectorScreen[str | None],
        layer_pattern: Callable[[], Pattern | None],
        layer_shown: Callable[[int, int], None],
    ) -> None:
        """`layer_pattern` filters the writable layer; `layer_shown` gets how many of its entries fit, of how many."""
        self._screen = screen
        self._layer_pattern = layer_pattern
        self._layer_shown = layer_shown
        self._layer: View | None = None
        """The writable layer as it was read last; the tree shows it a little later."""

    def show_glance(self, seen: Glance, before: Namespaces | None) -> None:
        screen, container = self._screen, seen.container
        screen.host.notices.states_are((container,))
        header = screen.query_one(HeaderLine)
        header.subject, header.own = container.image, container.name
        why_not = container.reason or (seen.no_start if not container.state.alive else None) or ""
        screen.query_one(LifeLine).show(container, seen.namespaces, seen.size_rw, why_not)
        screen.query_one(NamespacesView).show(seen.namespaces, before)
        screen.query_one(MountList).show(seen.mounts)
        logs = screen.query_one(LogList)
        if logs.items != seen.logs or not seen.logs:
            logs.show(seen.logs)
        frame = screen.query_one(TabFrame)
        frame.note("namespaces", tr("{own} own", own=len(seen.namespaces.own)) if seen.namespaces.own else tr("none"))
        frame.note("logs", count_text(len(seen.logs)))
        screen.refresh_bindings()

    def show_usage(self, stats: ResourceUsage | None, processes: list[ProcessRow]) -> None:
        screen = self._screen
        screen.query_one(LoadLine).show(stats)
        screen.query_one(ProcessList).show(processes)
        screen.query_one(TabFrame).note("processes", count_text(len(processes)) if processes else tr("none"))

    def show_layer(self, view: View) -> None:
        """The writable layer as a tree: what fits the filter, or all."""
        self._layer = view
        tree, pattern = self._screen.query_one(FileTree), self._layer_pattern()
        self._screen.query_one(TabFrame).note("layer", count_text(len(view)))

        def call(_inspector: Inspector, progress: Progress) -> Prepared:
            return prepared_rows(tree, view, pattern, progress, only_changes=False, alone=True)

        def show(rows: Prepared) -> None:
            tree.show_view(view, rows, own_number=len(view.stack))
            if tree.found is not None:
                self._layer_shown(tree.found, len(view))

        self._screen.ask(tr("looking for files"), call, show, group="rows", quiet=True)

    def show_layer_again(self) -> None:
        """In another order, or by another filter."""
        if self._layer is not None:
            self.show_layer(self._layer)
