"""A container: its life, its namespaces beside the host's, its own layer, its logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layertui.core.errors import LayertuiError
from layertui.tui.common.format import safe
from layertui.tui.common.jobs import one_line
from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY, Living
from layertui.tui.screens.actions.path_actions import PATH_KEYS, Paths
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.screens.container.container_finding import ContainerFinding
from layertui.tui.screens.dialogs.dialog import Notice
from layertui.tui.screens.shared.base_screen import numbered
from layertui.tui.screens.shared.clipboard import COPY_KEY, Copying
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.load_line import LoadLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.inspector import Inspector
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress


TABS = (
    ("namespaces", "Namespaces"),
    ("mounts", "Mounts"),
    ("layer", "Own layer"),
    ("processes", "Processes"),
    ("logs", "Logs"),
)


class ContainerScreen(Living, Paths, Copying, ContainerFinding):
    """The life line above, the tabs below; what it shows is live while the container runs.

    It answers with the tab of Details to go on in on home, or none.
    """

    DEFAULT_CSS = """
    ContainerScreen LifeLine { margin: 1 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "start", tooltip="Start it: namespaces, and the process in them"),
        Binding("s", "stop", "stop", tooltip="Stop it: ask the process to end; the writable layer stays"),
        SHELL_KEY,
        Binding("w", "write", "write", tooltip="Write a file into the writable layer"),
        Binding("x", "take_out", "take out", tooltip="Export it, or commit it"),
        Binding(
            "d",
            "delete",
            "delete",
            tooltip="Delete the container, or what the cursor is on in its own layer; always asked first",
        ),
        Binding("f", "lookup", "look up", tooltip="Look a path up: which layer it comes from, asked from the top down"),
        Binding("equals_sign", "compare", "compare", key_display="=", tooltip="Compare it with its image"),
        Binding(
            "slash",
            "find",
            "filter",
            tooltip="Only files, processes or log lines that have a text, or fit a *.glob or a /regex/",
        ),
        *LIFE_KEYS,
        *PATH_KEYS,
        Binding("H", "history", "history", show=False, tooltip="Go back, to the steps that made its image"),
        Binding("n", "next_match(1)", "next", show=False, tooltip="The next one that fits the filter"),
        Binding("N", "next_match(-1)", "previous", show=False, tooltip="The previous one that fits the filter"),
        COPY_KEY,
        Binding(
            "Y", "copy_more", "copy log", show=False, tooltip="Copy the whole log, or what the filter leaves of it"
        ),
        Binding("r", "refresh", "refresh", show=False),
        *numbered("tab", TABS),
    ]

    def __init__(self, container: str, *, start: bool = False) -> None:
        super().__init__(container)
        self._start = start

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield HeaderLine()
        yield LifeLine()
        yield LoadLine()
        yield TabFrame(
            TABS,
            NamespacesView(id="namespaces"),
            MountList(id="mounts"),
            FileTree(id="layer"),
            ProcessList(id="processes"),
            LogList(id="logs"),
        )
        yield KeyBar()

    def first_seen(self, container: Container) -> None:
        """Start it, if that was asked for."""
        if self._start and not container.state.alive:
            self.action_start()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Start or stop, whichever there is to do."""
        alive = self._glance is not None and self._glance.container.state.alive
        if action == "start":
            return not alive
        if action == "stop":
            return alive
        if action == "rename":
            return self._glance is not None and self.entry_at is None
        wishes = (self.may_change(action), self.may_live(action), self.may_copy(action), self.may_find(action))
        may = next((wish for wish in wishes if wish is not None), None)
        return super().check_action(action, parameters) if may is None else may

    # -- acting

    @property
    def container_at(self) -> Container | None:
        """The container of this screen, once it has been looked at."""
        return self._glance.container if self._glance is not None else None

    @property
    def entry_at(self) -> Entry | None:
        """What the cursor is on in its own layer."""
        return self.query_one(FileTree).entry if self.shown == "layer" else None

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
            lambda inspector, progress: inspector.containers.lifecycle.start(name, progress),
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
            lambda inspector, _progress: inspector.containers.lifecycle.stop(name),
            lambda _container: self._look(),
            group="life",
        )

    def action_write(self) -> None:
        """Write a file."""
        from layertui.tui.screens.dialogs.write_dialog import WriteDialog

        path = self.query_one(FileTree).path if self.shown == "layer" else None
        self.app.push_screen(WriteDialog(self._container, path or "/"), lambda _path: self.action_refresh())

    def action_take_out(self) -> None:
        """Export or commit."""
        from layertui.tui.screens.dialogs.export_dialog import taking_out

        self.app.push_screen(taking_out(f"container:{self._container}"))

    def action_compare(self) -> None:
        """Beside its image: what it wrote is what differs."""
        from layertui.tui.screens.compare.compare_screen import CompareScreen

        if self._glance is not None:
            container = self._glance.container
            self.app.push_screen(CompareScreen(str(container.image_id), f"container:{container.name}"))

    def action_history(self) -> None:
        """Back to home, which is answered with what it is to show."""
        self.dismiss("history")

    def action_lookup(self) -> None:
        """Where a path comes from; the one that the cursor is on in its own layer, to begin with."""
        from layertui.tui.screens.lookup_screen import LookupScreen

        entry = self.entry_at
        self.app.push_screen(LookupScreen(f"container:{self._container}", entry.path if entry is not None else "/"))

    def action_delete(self) -> None:
        """Delete it, and go back; or the path in its own layer that the cursor is on."""
        from layertui.tui.screens.dialogs.delete_dialog import DeleteContainerDialog, DeleteFileDialog

        if (entry := self.entry_at) is not None:
            dialog = DeleteFileDialog(self._container, entry.path)
            self.app.push_screen(dialog, lambda _done: self.action_refresh())
            return

        def deleted(done: bool | None) -> None:
            if done:
                self.dismiss(None)

        self.app.push_screen(DeleteContainerDialog(self._container), deleted)

    def action_tab(self, tab: str) -> None:
        """Turn to a tab."""
        self.query_one(TabFrame).go_to(tab)

    @on(FileTree.Ordered)
    def _ordered(self) -> None:
        if self.own_layer is not None:
            self.show_layer(self.own_layer)

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
