"""Home: images, containers, layers, files and details of what is selected, side by side."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layertui.tui.screens.actions.lifecycle_actions import LIFE_KEYS, SHELL_KEY
from layertui.tui.screens.actions.path_actions import PATH_KEYS
from layertui.tui.screens.home.home_finding import FINDABLE, HomeFinding
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, numbered
from layertui.tui.textual_patches.process_memory import live_on
from layertui.tui.widgets.chrome.details_pane import Details
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.pane_layout import PANES
from layertui.tui.widgets.chrome.panes import Panes
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.container_table import ContainerTable
from layertui.tui.widgets.lists.image_table import ImageTable
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.lists.row_list import RowList

HEAD_START = 0.2
"""Seconds that what was named on the command line has for itself, before all that there is is listed."""

TICK = 2.0
"""Seconds between two drawings of how long containers have been running."""


class HomeScreen(HomeFinding):
    """The screen everything starts from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "alone", "this layer only", tooltip="Show only the files of this layer, with what it removes"),
        Binding("a", "merged", "merge layers", tooltip="Show the files as of this layer, with all layers below it"),
        Binding("m", "only_changes", "show changes", tooltip="Show only what this layer changed"),
        Binding("m", "everything", "show all", tooltip="Show unchanged files too"),
        Binding("c", "create", "create", tooltip="Create a container of this image: a writable layer, no process"),
        Binding("s", "start", "start", tooltip="Start the container's process in namespaces of its own"),
        Binding("s", "stop", "stop", tooltip="Stop the container's process; its writable layer stays"),
        SHELL_KEY,
        Binding("x", "take_out", "export", tooltip="Save an image, export a container, extract a file"),
        Binding("f", "lookup", "look up", tooltip="Look up which layer a path comes from: top-down search"),
        Binding(
            "equals_sign",
            "compare",
            "compare",
            key_display="=",
            tooltip="Compare two marked rows, the marked row and this, or a container and its image",
        ),
        Binding("d", "delete", "delete", tooltip="Delete it, after a question"),
        Binding("w", "write", "write", tooltip="Write a file into the container's writable layer"),
        Binding(
            "slash",
            "find",
            "filter",
            tooltip="Filter: text, path, *.glob or /regex/. Esc clears it and keeps the cursor",
        ),
        Binding("L", "bring_in", "load", tooltip="Load or import an archive; nothing is changed until you confirm"),
        *LIFE_KEYS,
        Binding("t", "tag", "tag", tooltip="Tag this image: add a name"),
        *PATH_KEYS,
        Binding("H", "history", "show history", tooltip="Show the history steps of this image"),
        Binding("n", "next_match(1)", "next", show=False, tooltip="Go to the next match of the filter"),
        Binding("N", "next_match(-1)", "previous", show=False, tooltip="Go to the previous match of the filter"),
        Binding("R", "removed", "show removed", show=False, tooltip="Show what the layer removed, struck through"),
        Binding("y", "copy", "copy", show=False, tooltip="Copy the path or the ID"),
        Binding(
            "Y",
            "copy_more",
            "copy command or content",
            show=False,
            tooltip="Copy the name, the command or the file's content",
        ),
        Binding("left_square_bracket,ctrl+left", "turn(-1)", "previous tab", show=False),
        Binding("right_square_bracket,ctrl+right", "turn(1)", "next tab", show=False),
        *ZOOM_KEYS,
        Binding("r", "refresh", "refresh", show=False, tooltip="Refresh images, containers and the writable layer"),
        *numbered("pane", ((pane, pane.capitalize()) for pane in PANES)),
        # Textual's own order goes by what stands higher on the screen; the panes have numbers.
        Binding("tab", "next_pane(1)", "next pane", show=False),
        Binding("shift+tab", "next_pane(-1)", "previous pane", show=False),
        Binding("escape", "back", "clear, stop the job", show=False),
    ]

    AUTO_FOCUS = ""  # the pane is chosen as the screen comes; another one first would be drawn for nothing

    _offered_for: object = None
    _followed: tuple[str | None] | None = None
    """The container whose changes are followed beside those of the place."""

    def compose(self) -> ComposeResult:
        """The head line, the panes, the key bar."""
        yield HeaderLine()
        with Panes():
            yield ImageTable(id="images")
            yield ContainerTable(id="containers")
            yield LayerList(id="layers")
            yield FileTree(id="files")
            yield Details(id="details")
        yield KeyBar()

    def on_mount(self) -> None:
        self.show_titles()
        (self.layer_list if self.selection.name else self.images).focus()
        # Its turn comes when the frame with empty panes is drawn; only then is anything of the core imported.
        self.call_later(self._begin)
        self.set_interval(TICK, self._tick)

    def _begin(self) -> None:
        live_on()
        if self.selection.name:
            self.look_at(self.selection)
            self.after(HEAD_START, self.list_all, name="list")
        else:
            self.list_all()

    def on_screen_resume(self) -> None:
        if self.listing is not None:
            self.list_all()

    def _tick(self) -> None:
        """Time passes: ages are drawn anew, and nothing is asked."""
        if self.listing is not None and self.is_current and self.listing.containers:
            self.containers.now = self.clock()
            self.containers.refresh()

    def follow_changes(self) -> None:
        container = self.opened_container
        wanted = (container.id if container is not None else None,)
        if wanted != self._followed:
            self._followed = wanted
            self.follow(wanted[0], self._changed)

    def _changed(self, what: frozenset[str]) -> None:
        """Only what changed is asked for again; once this screen is looked at again, all is."""
        if not self.is_current:
            return
        if what & {"life", "layer"}:
            self.list_all()  # it tells the sizes of own layers too
        if self.opened_container is not None:
            if self.details.tab in ("logs", "namespaces") and what & {"life", "logs"}:
                self.tell_details(from_start=False)
            if "layer" in what:
                self.refresh_own_layer()

    def on_unmount(self) -> None:
        self.unfollow()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if action in ("find", "next_match"):
            return self.pane in FINDABLE and self._has_rows(self.pane)
        wish = self.may(action)
        return super().check_action(action, parameters) if wish is None else wish

    # -- what the panes say

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        rows = event.rows
        # A cursor that something else has moved picks nothing: only the pane in focus does.
        if isinstance(rows, ImageTable) and rows.has_focus and (image := rows.current) is not None:
            if image.key != self.selection.name:
                self.look_at(self.selection.of(image.key, image.title))
        elif isinstance(rows, ContainerTable) and rows.has_focus and (row := rows.current) is not None:
            if row.container.name != self.selection.container:
                self.look_at(self.selection.of(f"container:{row.container.name}", row.container.name))
        elif isinstance(rows, LayerList):
            self._layer_moved(rows)
        elif isinstance(rows, FileTree):
            self.selection = self.selection.at_path(rows.path)
            self.path_changed()
        self._offer_keys()

    def _offer_keys(self) -> None:
        """Which keys do something hangs on little; only when that is other than before are they asked for again."""
        container = self.container_at
        now = (
            self.pane,
            self.selection.name,
            self.selection.alone,
            self.only_changes,
            self.files.index >= 0,
            self.marks,
            self.image_name,
            container and (container.id, container.state),
        )
        if now != self._offered_for:
            self._offered_for = now
            self.refresh_bindings()

    def _layer_moved(self, rows: LayerList) -> None:
        row = rows.current
        if row is None or self.subject is None:
            return
        if row.number != self.selection.layer:
            self.selection = self.selection.at_layer(row.number)
            self.show_view()  # the title changes with the files, not before them
        if self.details.tab in ("details", "command"):
            self.tell_details()

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        if isinstance(rows, ImageTable):
            if (image := rows.current) is not None and image.key != self.selection.name:
                self.look_at(self.selection.of(image.key, image.title))
            self.layer_list.focus()
        elif isinstance(rows, ContainerTable) and rows.current is not None:
            from layertui.tui.screens.container.container_screen import ContainerScreen

            self.push(ContainerScreen(rows.current.container.name), self.go_on_in)
        elif isinstance(rows, LayerList):
            self.files.focus()
        elif isinstance(rows, FileTree):
            self.details.turn_to("file")
            if self.panes.arrangement.zoom:
                self.details.focus_view()

    @on(FileTree.Ordered)
    def _order(self) -> None:
        self.show_view()

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        if self.panes.has_focus_within and self.pane != self._finding:  # a click; keys are the bar's while it has them
            self.take_bar_away()
        self.pane_entered()
        self.call_after_refresh(self.refresh_bindings)

    # -- to look otherwise

    def action_alone(self) -> None:
        self.selection = self.selection.turned()
        self.show_titles()
        self.show_view()
        self.refresh_bindings()

    action_merged = action_alone

    def action_only_changes(self) -> None:
        self.only_changes = not self.only_changes
        self.show_view()
        self.refresh_bindings()

    action_everything = action_only_changes

    def action_removed(self) -> None:
        self.with_removed = not self.with_removed
        self.show_view()

    def action_turn(self, by: int) -> None:
        self.details.turn(by)

    def action_zoom(self, by: int) -> None:
        self.panes.rearrange(zoom=self.panes.arrangement.zoom + by)

    def action_pane(self, pane: str) -> None:
        self._go_to(pane)
        rows = self.query_one(f"#{pane}")
        if pane in ("images", "containers"):
            assert isinstance(rows, RowList)
            self.call_after_refresh(self._moved, RowList.Moved(rows, rows.cursor))

    def _go_to(self, pane: str) -> None:
        """The focus at once, and no event awaited: a key typed in the same moment is for this pane."""
        self.panes.rearrange(focused=pane)
        if pane == "details":
            self.details.focus_view()
        else:
            self.set_focus(self.query_one(f"#{pane}"))

    def action_next_pane(self, by: int) -> None:
        at = PANES.index(self.pane)
        self._go_to(PANES[(at + by) % len(PANES)])

    def action_refresh(self) -> None:
        self.list_all()
        if self.subject is not None:
            self.look_at(self.selection)

    def action_back(self) -> None:
        """The filter goes first, then the marks, then a job; never the app."""
        if self.patterns.get(self.pane) is not None:
            if self.pane == "files":
                self.files.keep_in_sight()
            self._narrow(self.pane, None)
        elif self.host.jobs.stop_newest() is not None:
            self.tell("Stopped.", seconds=2)
        elif self.marks:
            self.show_marks(())
        elif self.panes.arrangement.zoom:
            self.panes.rearrange(zoom=0)
