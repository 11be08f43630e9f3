"""A container: its life, its namespaces beside the host's, its own layer, its logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layertui.core.errors import LayertuiError
from layertui.tui.format import count_text, safe
from layertui.tui.jobs import one_line
from layertui.tui.screens.base import InspectorScreen
from layertui.tui.screens.content import ContentScreen
from layertui.tui.screens.dialogs import Notice
from layertui.tui.screens.home_state import OPEN_ALONE
from layertui.tui.screens.living import LIFE_KEYS, Living
from layertui.tui.screens.paths import PATH_KEYS, Paths
from layertui.tui.screens.versions import Side
from layertui.tui.widgets.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.file_tree import FileTree, Prepared
from layertui.tui.widgets.header_line import HeaderLine
from layertui.tui.widgets.key_bar import KeyBar
from layertui.tui.widgets.life_line import LifeLine
from layertui.tui.widgets.load_line import LoadLine
from layertui.tui.widgets.namespaces_view import NamespacesView
from layertui.tui.widgets.row_list import RowList
from layertui.tui.widgets.tab_frame import TabFrame

if TYPE_CHECKING:
    from layertui.core.containers.container import Container
    from layertui.core.containers.logs import LogLine
    from layertui.core.containers.mount_table import MountTable
    from layertui.core.containers.namespaces import Namespaces
    from layertui.core.containers.processes import Running
    from layertui.core.containers.stats import Reading
    from layertui.core.inspector import Inspector
    from layertui.core.layers.entry import Entry
    from layertui.core.layers.view import View
    from layertui.core.streams.progress import Progress

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
    size_rw: int
    no_start: str | None


def glance(inspector: Inspector, name: str) -> Glance:
    """Ask all of it."""
    container = inspector.container(name)
    return Glance(
        container,
        inspector.namespaces(name),
        inspector.mounts(name),
        tuple(inspector.logs(name, tail=LOG_TAIL)),
        inspector.size_rw(name),
        inspector.no_start,
    )


class ContainerScreen(Living, Paths, InspectorScreen[None]):
    """The life line above, the tabs below; what it shows is live while the container runs."""

    DEFAULT_CSS = """
    ContainerScreen LifeLine { margin: 1 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "start", tooltip="Namespaces, and the process in them"),
        Binding("s", "stop", "stop", tooltip="Ask the process to end; the writable layer stays"),
        *LIFE_KEYS,
        *PATH_KEYS,
        Binding("w", "write", "write", tooltip="Write a file into the writable layer"),
        Binding("x", "take_out", "take out", tooltip="Export it, or commit it"),
        Binding("equals_sign", "compare", "compare", key_display="=", tooltip="Beside its image"),
        Binding("d", "delete", "delete", tooltip="The container and its writable layer"),
        Binding("r", "refresh", "refresh", show=False),
        Binding("1", "tab('namespaces')", "namespaces", show=False),
        Binding("2", "tab('mounts')", "mounts", show=False),
        Binding("3", "tab('layer')", "own layer", show=False),
        Binding("4", "tab('processes')", "processes", show=False),
        Binding("5", "tab('logs')", "logs", show=False),
    ]

    def __init__(self, container: str, *, start: bool = False) -> None:
        super().__init__()
        self._container = container
        self._start = start
        self._glance: Glance | None = None
        self._before: Namespaces | None = None
        self._reading: Reading | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield HeaderLine()
        yield LifeLine()
        yield LoadLine()
        yield TabFrame(
            (
                ("namespaces", "Namespaces"),
                ("mounts", "Mounts"),
                ("layer", "Own layer"),
                ("processes", "Processes"),
                ("logs", "Logs"),
            ),
            NamespacesView(id="namespaces"),
            MountList(id="mounts"),
            FileTree(id="layer"),
            ProcessList(id="processes"),
            LogList(id="logs"),
        )
        yield KeyBar()

    def on_mount(self) -> None:
        """Look, and go on looking."""
        self.query_one(HeaderLine).subject = self._container
        self.query_one("#namespaces").focus()
        self._look()
        self._look_into_layer()
        self.set_interval(EVERY, self._measure)

    def on_unmount(self) -> None:
        """Nobody is to wait for changes any more."""
        self.unfollow()

    # -- looking

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
        name, tree = self._container, self.query_one(FileTree)

        def call(inspector: Inspector, progress: Progress) -> tuple[View, Prepared]:
            from layertui.tui.widgets.tree_match import everything

            stack = inspector.stack(inspector.open(f"container:{name}", progress=progress), progress)
            view = stack.alone(len(stack))
            return view, tree.prepared(view, everything(view) if len(view) <= OPEN_ALONE else None)

        def show(answer: tuple[View, Prepared]) -> None:
            view, rows = answer
            tree.show_view(view, rows, own_number=len(view.stack))
            self.query_one(TabFrame).note("layer", count_text(len(view)))

        self.ask("reading the own layer", call, show, group="layer", quiet=True, failed=lambda _error: None)

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
            reading = inspector.reading(name)
            return reading, inspector.processes(name) if reading is not None else []

        self.ask("reading what it takes", call, self._measured, group="measure", quiet=True, failed=lambda _error: None)

    def _measured(self, answer: tuple[Reading | None, list[Running]]) -> None:
        from layertui.core.containers.stats import between

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
        if self.query_one(LogList).lines != seen.logs or first:
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
        if first and self._start and not container.state.alive:
            self.action_start()

    def _gone(self, error: Exception) -> None:
        self.tell_error(error)
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Start or stop, whichever there is to do."""
        del parameters
        alive = self._glance is not None and self._glance.container.state.alive
        if action == "start":
            return not alive
        if action == "stop":
            return alive
        if action == "rename":
            return self._glance is not None and self.entry_at is None
        may = self.may_change(action)
        may = self.may_live(action) if may is None else may
        return True if may is None else may

    # -- acting

    @property
    def container_at(self) -> Container | None:
        """The container of this screen, once it has been looked at."""
        return self._glance.container if self._glance is not None else None

    @property
    def entry_at(self) -> Entry | None:
        """What the cursor is on in its own layer."""
        return self.query_one(FileTree).entry if self.is_mounted and self._shown == "layer" else None

    def layer_changed(self, container: Container, path: str) -> None:
        """Look again, and go to the path."""
        self.query_one(FileTree).want(path)
        self.action_refresh()

    def life_changed(self, container: Container) -> None:
        """Look again; its name may be another one."""
        self._container = container.name
        self._before = None
        self._look()

    def action_start(self) -> None:
        """Start it; what it was like before stays on the screen beside what it is then."""
        name = self._container
        if self._glance is not None:
            self._before = self._glance.namespaces
        self.ask(
            f"starting {name}",
            lambda inspector, _progress: inspector.start(name),
            lambda _container: self._look(),
            group="life",
            failed=self._not_started,
        )

    def _not_started(self, error: Exception) -> None:
        self._before = None
        if isinstance(error, LayertuiError) and len(str(error)) > 100:
            self.app.push_screen(Notice(one_line(error), title=f"{self._container} was not started"))
        else:
            self.tell_error(error)
        self._look()

    def action_stop(self) -> None:
        """Stop it."""
        name = self._container
        self._before = None
        self.ask(
            f"stopping {name}",
            lambda inspector, _progress: inspector.stop(name),
            lambda _container: self._look(),
            group="life",
        )

    def action_write(self) -> None:
        """Write a file."""
        from layertui.tui.screens.write import WriteDialog

        path = self.query_one(FileTree).path if self._shown == "layer" else None
        self.app.push_screen(WriteDialog(self._container, path or "/"), lambda _path: self.action_refresh())

    def action_take_out(self) -> None:
        """Export or commit."""
        from layertui.tui.screens.take_out import taking_out

        self.app.push_screen(taking_out(f"container:{self._container}"))

    def action_compare(self) -> None:
        """Beside its image: what it wrote is what differs."""
        from layertui.tui.screens.compare import CompareScreen

        if self._glance is not None:
            container = self._glance.container
            self.app.push_screen(CompareScreen(str(container.image_id), f"container:{container.name}"))

    def action_delete(self) -> None:
        """Delete it, and go back."""
        from layertui.tui.screens.delete import DeleteContainerDialog

        def deleted(done: bool | None) -> None:
            if done:
                self.dismiss(None)

        self.app.push_screen(DeleteContainerDialog(self._container), deleted)

    @property
    def _shown(self) -> str | None:
        return self.query_one(TabFrame).current

    def action_tab(self, tab: str) -> None:
        """Turn to a tab."""
        frame = self.query_one(TabFrame)
        frame.turn_to(tab)
        frame.focus_tab()

    @on(RowList.Chosen, "#layer")
    def _path_chosen(self) -> None:
        path, container = self.query_one(FileTree).path, self._container
        if path is None:
            return

        def both(inspector: Inspector, progress: Progress) -> tuple[Side, Side]:
            whole = inspector.open(f"container:{container}", progress=progress)
            image = inspector.open(str(whole.image.id), progress=progress)
            below = inspector.view(image, progress=progress).get(path)
            now = inspector.view(whole, progress=progress).get(path)
            return Side(image, below), Side(whole, now)

        def show(sides: tuple[Side, Side]) -> None:
            self.app.push_screen(ContentScreen(*sides, path, "in the image, and in the container"))

        self.ask(f"reading {safe(path)}", both, show, group="both")
