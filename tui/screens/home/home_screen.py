"""Home: images, containers, layers, files and details of what is selected, side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.common.selection import Selection
from layertui.tui.screens.actions.lifecycle_actions import LifeActions
from layertui.tui.screens.actions.path_actions import PathActions
from layertui.tui.screens.file.file_opening import FileOpening, ShownFiles
from layertui.tui.screens.home.engines.engine_actions import EngineActions
from layertui.tui.screens.home.engines.home_engines import HomeEngines
from layertui.tui.screens.home.home_actions import HomeActions
from layertui.tui.screens.home.home_changes import HomeChanges
from layertui.tui.screens.home.home_comparing import HomeComparing, Marks
from layertui.tui.screens.home.home_copying import HomeCopying
from layertui.tui.screens.home.home_details import HomeDetails
from layertui.tui.screens.home.home_files import HomeFiles
from layertui.tui.screens.home.home_finding import HomeFinding
from layertui.tui.screens.home.home_keys import HOME_KEYS
from layertui.tui.screens.home.home_listing import HomeListing
from layertui.tui.screens.home.home_opening import HomeOpening
from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
from layertui.tui.screens.home.home_state import HomeState
from layertui.tui.screens.home.home_titles import show_titles
from layertui.tui.screens.home.remembered.home_memory import HomeMemory
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.screens.shared.debounce import Debounce
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from layertui.tui.screens.shared.stop_question import StopQuestion
from layertui.tui.screens.shared.undo import UndoOffer
from layertui.tui.textual_patches.process_memory import enable_gc
from layertui.tui.widgets.chrome.details_pane import Details
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.container_table import ContainerTable
from layertui.tui.widgets.lists.image_table import ImageTable
from layertui.tui.widgets.lists.layer_list import LayerList
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.lists.row_marks import Marking
from layertui.tui.widgets.text.pieces import many

if TYPE_CHECKING:
    from layertui.tui.widgets.forms.find_bar import FindBar
    from layertui.tui.widgets.lists.found_list import FoundRow

HEAD_START = 0.2
"""Seconds that what was named on the command line has for itself, before all that there is is listed."""

TICK = 2.0
"""Seconds between two drawings of how long containers have been running."""


class HomeScreen(InspectorScreen[None]):
    """The screen everything starts from."""

    BINDINGS: ClassVar[list[BindingType]] = HOME_KEYS

    AUTO_FOCUS = ""  # the pane is chosen as the screen comes; another one first would be drawn for nothing

    def __init__(self, image: str | None = None, clock: Callable[[], datetime] | None = None) -> None:
        """Make the parts: each knows those made before it; what one of them has to report upwards comes here."""
        super().__init__()
        clock = clock or (lambda: datetime.now(UTC))
        self.state = state = HomeState(Selection().of(image) if image else Selection())
        self.panes = panes = HomePanes()
        self.target = target = HomeTarget(state, panes)
        self.debounce = Debounce(self)
        self.marks = Marks(self._show_marks)
        self.finding = HomeFinding(self, panes, lambda: self.files.show())  # noqa: PLW0108 - which is made below
        finder = self.finding.finder
        self.files = HomeFiles(self, state, panes, target, finder)
        self.details = HomeDetails(self, state, panes, target, self.debounce, clock)
        self.listing = HomeListing(
            self,
            state,
            panes,
            finder,
            self.marks,
            self.details,
            clock,
            answered=self._default_answered,
        )
        self.engines = engines = HomeEngines(
            self,
            state,
            listed=self._engine_listed,
            changed=lambda engine, what: self._changed(what, engine),
            list_default=self.listing.list_all,
        )
        self.opening = HomeOpening(self, state, panes, finder, self.files, self.details, self.listing, engines)
        self.changes = changes = HomeChanges(self, state, panes, self.listing, engines, self.opening)
        self.comparing = HomeComparing(state, panes, target, self.marks, changes.push)
        self.file_opening = FileOpening(
            self,
            lambda screen: changes.push(screen, engine=state.selection.engine),
            lambda path: self._show_file(path, state.selection.layer),
            panes.files,
        )
        self.remembering = HomeMemory(self, state, panes, finder, self.files, self.opening)
        self.opening.choose_archive = self.remembering.choose_archive
        self.acting = HomeActions(
            self, state, panes, target, changes, self.details, self._show_file, self.opening.when_read
        )
        for part in (
            self.finding,
            self.files,
            self.details,
            self.comparing,
            self.remembering,
            HomeCopying(self, state, panes, target),
            self.acting,
            EngineActions(
                self,
                state,
                target,
                changes.push,
                shown=self._show_engines,
                list_engine=changes.list_engine,
                look_at=self._look_at,
                look_at_image=changes.look_at_image,
            ),
            PathActions(
                self, lambda: target.container, lambda: target.entry, changes.layer_changed, lambda: target.engine
            ),
        ):
            self.offer(part.actions())
        life = LifeActions(
            self,
            lambda: target.container,
            changes.life_changed,
            lambda: target.engine,
            lambda: target.refusal(tr("processes")),
        ).actions()
        rename = life["rename"]
        # In Files the key renames the path under the cursor.
        in_files = tr(
            "in Files the key renames a path: {containers} leads to the containers",
            containers=key_name("pane('containers')", "2"),
        )
        life["rename"] = Action(rename.run, lambda: in_files if panes.focused == "files" else rename.refusal())
        self.offer(life)
        self._clock = clock
        self._offered_for: object = None
        self._offered_engine = False
        self._stop_question = StopQuestion(self)

    def _show_engines(self, may_be_more: bool) -> None:
        """Other engines are to be shown; of one that was started nothing is known yet."""
        self.listing.show()
        if may_be_more:
            self.engines.find()

    def compose(self) -> ComposeResult:
        """The head line, the panes, the key bar."""
        yield self.panes.header
        yield self.panes.frame
        yield KeyBar()

    def on_mount(self) -> None:
        show_titles(self.state, self.panes, self.finding.finder)
        (self.panes.layers if self.state.selection.name else self.panes.images).focus()
        # Its turn comes when the frame with empty panes is drawn; only then is anything of the core imported.
        self.call_later(self._begin)
        self.set_interval(TICK, self._tick)

    def _begin(self) -> None:
        enable_gc()
        if self.state.selection.name:
            self.opening.look(self.state.selection)
            self.debounce.after(HEAD_START, self.listing.list_all, name="list")
        if self.host.memory.path is None:
            self._remembered("")
        else:
            self.host.jobs.start(
                self, "remembering", lambda _: self.host.memory.read(), self._remembered, group="memory", quiet=True,
                failed=lambda _error: self._remembered(""),
            )  # fmt: skip

    def _remembered(self, problem: str) -> None:
        """What the last session has left is known: go there once it is listed, unless something else was named."""
        if problem:
            self.show_notice(problem, severity="warning", seconds=10)
        named = bool(self.state.selection.name)
        self.remembering.restore(self.host.memory.place, whole=not named)
        if not named:
            self.listing.list_all()

    def _default_answered(self, answered: bool) -> None:
        if not answered:
            self.engines.without_default()
            return
        self.opening.follow()
        if not self.remembering.listed():
            self.opening.look_at_first()
        # Their programs take time to import, which the first image that is looked at would wait for.
        if self.state.selection.name:
            self.set_timer(HEAD_START, self.engines.find)
        else:
            self.engines.find()

    def _engine_listed(self, engine: str) -> None:
        """Another engine has other rows than before, the first ones perhaps."""
        self.listing.show()
        self._offer_first_engine(engine)
        if self.remembering.listed(engine):
            pass
        elif not self.state.selection.name:
            self.opening.look_at_first()
        elif engine == self.state.selection.engine and self.state.container is not None:
            self.details.show_tab(from_start=False)
        self.refresh_bindings()

    def _offer_first_engine(self, engine: str) -> None:
        """Say once whose images are shown if the default engine has nothing."""
        default, other = self.state.listing, self.state.others.get(engine)
        if self._offered_engine or default is None or default.images or default.containers:
            return
        if other is not None and other.images:
            self._offered_engine = True
            sentence = tr(
                "{engine_name} is empty; shown is what {engine} has: {images}",
                engine_name=default.engine_name,
                engine=engine,
                images=many(len(other.images), "image"),
            )
            keys = (
                NextKey(key_name("copy_to", "C"), tr("copies one")),
                NextKey(key_name("engines", "E"), tr("lists the engines")),
            )
            self.announce(ActNotice(sentence, keys), None)

    def _look_at(self, name: str) -> None:
        """Look at what another screen has led to; in Layers, since the cursor of Images may be on another image."""
        self.panes.go_to("layers")
        self.opening.look_at(name)

    def on_screen_resume(self) -> None:
        if self.state.listing is not None:
            self._list_everywhere()

    def _list_everywhere(self) -> None:
        self.listing.list_all()
        for engine in self.state.others:
            self.engines.list(engine)

    def show_undone(self, engine: str) -> None:
        """An act was taken back."""
        self.changes.list_engine(engine)
        self.opening.refresh_writable_layer()

    def on_unmount(self) -> None:
        self.engines.unfollow()
        self.host.memory.keep(self.remembering.place())

    def _tick(self) -> None:
        """Time passes: ages are drawn again, and nothing is asked."""
        if self.is_current and self.panes.containers.items:
            self.panes.containers.now = self._clock()
            self.panes.containers.refresh()

    def _changed(self, what: frozenset[str], engine: str = "") -> None:
        """An engine or the container that is looked at is other than before; once this screen is looked at again, all is asked for."""
        if self.is_current:
            self.changes.seen(what, engine)
            is_about = self.state.container is not None and self.state.selection.engine == engine
            if is_about and what & {"life", "logs"}:
                self.details.container_changed()

    # -- what the panes say

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        rows, selection = event.rows, self.state.selection
        # A cursor that something else has moved picks nothing: only the pane in focus does.
        if isinstance(rows, ImageTable) and rows is self.focused and (image := rows.current) is not None:
            if image.key != selection.name:
                self.opening.look_at_row(image)
        elif isinstance(rows, ContainerTable) and rows is self.focused and (row := rows.current) is not None:
            if row.name != selection.name:
                self.opening.look_at_row(row)
        elif isinstance(rows, LayerList):
            self._layer_moved(rows)
        elif isinstance(rows, FileTree):
            self.state.selection = selection.at_path(rows.path)
            self.details.path_changed()
        elif rows.id == "tab-dockerfile" and rows is self.focused:
            self.details.dockerfile.moved()
        self._offer_keys()

    def _layer_moved(self, rows: LayerList) -> None:
        row = rows.current
        if row is None or self.state.subject is None:
            return
        if row.number != self.state.selection.layer:
            self.state.selection = self.state.selection.at_layer(row.number)
            self.files.show()  # the title changes with the files, not before them
        self.details.layer_changed()

    def _offer_keys(self) -> None:
        """Which keys do something hangs on little; only when that is other than before are they asked for again."""
        state, container = self.state, self.target.container
        now = (
            self.panes.focused,
            state.selection.name,
            state.selection.alone,
            state.only_changes,
            self.panes.files.index >= 0,
            self.marks.names,
            self.target.image_name,
            self.target.engine,
            container and (container.id, container.state),
        )
        if now != self._offered_for:
            self._offered_for = now
            self.refresh_bindings()

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        rows = event.rows
        if isinstance(rows, ImageTable):
            if (image := rows.current) is not None and image.key != self.state.selection.name:
                self.opening.look_at_row(image)
            self.opening.fetch()
            self.panes.go_to("layers")
        elif isinstance(rows, ContainerTable) and rows.current is not None:
            from layertui.tui.screens.container.container_screen import ContainerScreen

            row = rows.current
            self.changes.push(ContainerScreen(row.container.name), self.details.go_to, row.engine)
        elif isinstance(rows, LayerList) or rows.id == "tab-dockerfile":
            self.opening.fetch()
            self.panes.go_to("files")
        elif isinstance(rows, FileTree):
            self.panes.details.turn_to("file")
            self._open_file()

    def _open_file(self) -> None:
        """Open the file under the cursor, as of the layer that Files shows, or the version of that layer alone."""
        entry, subject, selection = self.panes.files.entry, self.state.subject, self.state.selection
        if entry is not None and subject is not None:
            upto = None if selection.alone or selection.layer == self.state.top else selection.layer
            self.file_opening.open(ShownFiles(subject, upto, selection.layer if selection.alone else None), entry)

    def on_dockerfile_view_saved(self) -> None:
        self.details.dockerfile.save()

    @on(Marking.Marked)
    def _marked(self, event: Marking.Marked) -> None:
        names = self.marks.names
        self.marks.turn(event.name)
        if len(self.marks.names) < len(names) and self.host.undo.is_empty:
            self.host.undo.offer(UndoOffer("", then=lambda: self.marks.put_back(names)))

    def _show_marks(self) -> None:
        for rows in (self.panes.images, self.panes.containers, self.panes.layers):
            rows.show_marked(frozenset(self.marks.names))
        self.refresh_bindings()

    @on(FileTree.Ordered)
    def _ordered(self) -> None:
        self.files.show()

    @on(Details.Changed)
    def _tab_turned(self) -> None:
        self.details.show_tab()

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self.finding.finder.typed(event.text)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        self.finding.finder.bar_closed(keep=event.keep)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        if self.panes.frame.has_focus_within:  # a click; keys are the find bar's while it has them
            self.finding.leave(self.panes.focused)
        self.details.pane_entered()
        self.call_after_refresh(self.refresh_bindings)

    # -- from pane to pane

    def action_zoom(self, by: int) -> None:
        self.panes.frame.rearrange(zoom=self.panes.frame.arrangement.zoom + by)

    def action_pane(self, pane: str) -> None:
        self.panes.go_to(pane)
        if pane in ("images", "containers"):
            rows = self.panes.lists[pane]
            self.call_after_refresh(self._moved, RowList.Moved(rows, rows.cursor))

    def _show_file(self, path: str, layer: int | None) -> None:
        self.files.go_to(path, self.state.top if layer is None else layer)
        self.panes.go_to("files")

    def show_found(self, row: FoundRow) -> None:
        """Go to a file that was found: in what is looked at, or in another image, which is opened for it."""
        layer = None if row.visible else row.layer
        if row.image == self.state.selection.name and self.state.stack is not None:
            self._show_file(row.path, layer)
            return
        image = self.panes.image_of(row)
        if image is not None:
            self.panes.images.go_to(image.key)
        name, title = (row.image, row.image) if image is None else (image.key, image.title)
        self.files.when_read(name, row.path, layer)
        self.opening.look_at(name, title, row.engine)
        self.panes.go_to("files")

    def action_next_pane(self, by: int) -> None:
        self.panes.go_to_next(by)

    def action_refresh(self) -> None:
        self.listing.list_all()
        self.engines.find()
        if self.state.selection.name:
            self.opening.look(self.state.selection)

    def action_back(self) -> None:
        """Clear one thing: the filter, then the marks, then the zoom. Only with nothing left to clear a job is stopped, asked once."""
        if self.finding.clear() or self._clear_marks():
            return
        if self.panes.frame.arrangement.zoom:
            self.panes.frame.rearrange(zoom=0)
        else:
            self._stop_newest()

    def _clear_marks(self) -> bool:
        names = self.marks.names
        if not self.marks.clear():
            return False
        if self.host.undo.is_empty:
            self.host.undo.offer(UndoOffer("", then=lambda: self.marks.put_back(names)))
            self.show_notice(tr("The marks are gone: {undo} puts them back.", undo=key_name("undo", "u")), seconds=3)
        return True

    def _stop_newest(self) -> None:
        job = self.host.jobs.newest
        if job is not None and self._stop_question.confirmed(
            job, tr("{back} again stops {title}.", back=key_name("back", "Esc"), title=job.title)
        ):
            self.host.jobs.stop_one(job)
            self.show_notice(tr("Stopped."), seconds=2)

    def action_quit(self) -> None:
        """Quit; while work goes on in the background, only after that was said."""
        job = self.host.jobs.newest_of_others(self)
        if job is None or self._stop_question.confirmed(
            job, tr("{quit} again quits, and stops {title}.", quit=key_name("quit", "q"), title=job.title)
        ):
            self.app.exit()

    def on_key(self, _event: events.Key) -> None:
        """The question whether a job is stopped is answered by the next key alone."""
        self._stop_question.note_key()
