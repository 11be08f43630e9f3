"""What the container's screen knows, and the jobs that find it out: a glance at once, its own layer, what it takes as it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertui.tui.common.format import count_text
from layertui.tui.report.container_report import size_or_why
from layertui.tui.screens.home.home_opening import OPEN_ALONE
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.load_line import LoadLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.files.file_tree import FileTree, Prepared

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.process_list import Running
    from layertui.core.containers.observe.resource_usage import Reading
    from layertui.core.inspector import Inspector
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.tui.widgets.text.text_match import Pattern

LOG_TAIL = 2000
EVERY = 1.0
"""Seconds between two readings of what the container takes: a line over time has to be asked by the clock."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the screen shows but for the files, as of one moment."""

    container: Container
    namespaces: Namespaces
    mounts: MountTable
    logs: tuple[LogLine, ...]
    size_rw: int | None
    no_start: str | None


def glance(inspector: Inspector, name: str) -> Glance:
    """Ask all of it."""
    container = inspector.containers.get(name)
    return Glance(
        container,
        inspector.containers.observation.namespaces(name),
        inspector.containers.observation.mounts(name),
        tuple(inspector.containers.output.logs(name, tail=LOG_TAIL)),
        size_or_why(inspector.containers.files.own_size, name)[0],
        inspector.containers.lifecycle.unavailable,
    )


class ContainerState(InspectorScreen["str | None"]):
    """Live while the container runs: only what changed is asked for again."""

    def __init__(self, container: str) -> None:
        super().__init__()
        self._container = container
        self._glance: Glance | None = None
        self._before: Namespaces | None = None
        self._reading: Reading | None = None
        self.own_layer: View | None = None
        """The own layer as it was read last; the tree shows it a little later."""
        self.patterns: dict[str, Pattern | None] = {}
        """What the rows of a tab are narrowed by."""

    def on_mount(self) -> None:
        """Look, and go on looking."""
        self.query_one(HeaderLine).subject = self._container
        self.query_one("#namespaces").focus()
        self._look()
        self._look_into_layer()
        self.set_interval(EVERY, self._measure)
        self.set_interval(EVERY, self.query_one(LifeLine).tick)

    def on_unmount(self) -> None:
        """Nobody is to wait for changes any more."""
        self.unfollow()

    def _look(self) -> None:
        self.ask(
            f"looking at {self._container}",
            lambda inspector, _progress: glance(inspector, self._container),
            self._show,
            group="look",
            failed=self._gone,
            quiet=True,
        )

    def _look_into_layer(self) -> None:
        name = self._container

        def call(inspector: Inspector, progress: Progress) -> View:
            stack = inspector.stack(inspector.open(f"container:{name}", progress=progress), progress)
            return stack.alone(len(stack))

        self.ask("reading the own layer", call, self.show_layer, group="layer", quiet=True, failed=lambda _error: None)

    def show_layer(self, view: View) -> None:
        """The own layer as a tree: what fits the pattern; or all of it, which stands open where it is little."""
        self.own_layer = view
        tree, pattern = self.query_one(FileTree), self.patterns.get("layer")
        self.query_one(TabFrame).note("layer", count_text(len(view)))

        def call(_inspector: Inspector, progress: Progress) -> Prepared:
            from layertui.tui.widgets.files.tree_match import everything, mask_of

            mask = mask_of(view, pattern, only_changes=False, progress=progress)
            if mask is None and len(view) <= OPEN_ALONE:
                mask = everything(view)
            return tree.prepared(view, mask, found=pattern is not None)

        def show(rows: Prepared) -> None:
            tree.show_view(view, rows, own_number=len(view.stack))
            self.layer_shown()

        self.ask("looking for files", call, show, group="rows", quiet=True)

    def layer_shown(self) -> None:
        """Rows of the own layer stand on the screen."""
        raise NotImplementedError

    def _changed(self, what: frozenset[str]) -> None:
        """Only what changed is asked for again."""
        self._look()
        if "layer" in what:
            self._look_into_layer()

    def _measure(self) -> None:
        """One more reading, while it runs and is looked at."""
        if self._glance is None or not self._glance.container.state.alive or not self.is_current:
            return
        name = self._container

        def call(inspector: Inspector, _progress: Progress) -> tuple[Reading | None, list[Running]]:
            reading = inspector.containers.observation.reading(name)
            return reading, inspector.containers.processes.top(name) if reading is not None else []

        self.ask("reading what it takes", call, self._measured, group="measure", quiet=True, failed=lambda _error: None)

    def _measured(self, answer: tuple[Reading | None, list[Running]]) -> None:
        from layertui.core.containers.observe.resource_usage import between

        reading, processes = answer
        before, self._reading = self._reading, reading
        stats = between(before or reading, reading) if reading is not None else None
        self.query_one(LoadLine).show(stats)
        self.query_one(ProcessList).show(processes)
        self.query_one(TabFrame).note("processes", count_text(len(processes)) if processes else "none")

    def action_refresh(self) -> None:
        """Look once more."""
        self._look()
        self._look_into_layer()

    def _show(self, seen: Glance) -> None:
        first = self._glance is None
        self._glance = seen
        container = seen.container
        header = self.query_one(HeaderLine)
        header.subject, header.own = container.image, container.name
        why_not = container.reason or (seen.no_start if not container.state.alive else None) or ""
        self.query_one(LifeLine).show(container, seen.namespaces, seen.size_rw, why_not)
        self.query_one(NamespacesView).show(seen.namespaces, self._before)
        self.query_one(MountList).show(seen.mounts)
        if self.query_one(LogList).items != seen.logs or first:
            self.query_one(LogList).show(seen.logs)
        if not container.state.alive:
            self._measured((None, []))
        elif self._reading is None:
            self._measure()
        if first:
            self.follow(container.id, self._changed)
        frame = self.query_one(TabFrame)
        frame.note("namespaces", f"{len(seen.namespaces.own)} own" if seen.namespaces.own else "none")
        frame.note("logs", count_text(len(seen.logs)))
        self.refresh_bindings()
        if first:
            self.first_seen(container)

    def _gone(self, error: Exception) -> None:
        self.tell_error(error)
        self.dismiss(None)

    def first_seen(self, container: Container) -> None:
        """What is to be done once it is known."""
        raise NotImplementedError
