"""What home says of the selection in Details: each tab is filled when it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.common.format import kind_text, safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.common.selection import Selection
from layertui.tui.screens.home.dockerfile.home_dockerfile import HomeDockerfile
from layertui.tui.screens.shared.key_actions import Action

if TYPE_CHECKING:
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress
    from layertui.tui.screens.home.home_panes import HomePanes, HomeTarget
    from layertui.tui.screens.home.home_state import HomeState
    from layertui.tui.screens.shared.base_screen import InspectorScreen
    from layertui.tui.screens.shared.debounce import Debounce
    from layertui.tui.widgets.files.preview import Preview

LOG_LINES = 2000
REST = 0.06
"""Seconds a cursor has to rest on a path before its content is asked for: a held key asks for nothing."""


class HomeDetails:
    """The part of home that fills Details."""

    def __init__(
        self,
        screen: InspectorScreen[Any],
        state: HomeState,
        panes: HomePanes,
        target: HomeTarget,
        debounce: Debounce,
        clock: Callable[[], datetime],
    ) -> None:
        self._screen = screen
        self._state = state
        self._pane = panes.details
        self._panes = panes
        self._target = target
        self._debounce = debounce
        self._clock = clock
        self._about_layers = False
        self.dockerfile = HomeDockerfile(screen, state, panes, target)
        self._fill: dict[str, Callable[[bool], None]] = {
            "details": self._fill_details,
            "command": lambda _: self._fill_command(),
            "config": self._fill_config,
            "history": lambda _: self._fill_history(),
            "dockerfile": lambda _: self.dockerfile.fill(),
            "file": lambda _: self._debounce.after(REST, self._ask_file, name="rest"),
            "lookup": lambda _: self._debounce.after(REST, self._ask_lookup, name="rest"),
            "logs": lambda _: self._ask_logs(),
            "namespaces": lambda _: self._ask_namespaces(),
        }

    def actions(self) -> dict[str, Action]:
        """What `H`, `D`, `[` and `]` name."""
        return {
            "dockerfile": self.dockerfile.action(self.go_to),
            "history": Action(lambda: self.go_to("history"), lambda: self._target.no_subject("history")),
            "turn": Action(self._pane.turn),
        }

    def go_to(self, tab: str) -> None:
        """Turn to a tab, with the focus."""
        self._pane.turn_to(tab)
        self._pane.focus_view()

    def show_tab(self, *, from_start: bool = True) -> None:
        """Fill the tab that is looked at; `from_start` scrolls a text up."""
        self._fill[self._pane.tab](from_start)

    def pane_entered(self) -> None:
        """Begin with the layer, or with the image: the pane that was looked at last says what Details is about."""
        focused = self._panes.focused
        about_layers = self._about_layers if focused == "details" else focused in ("layers", "files")
        if about_layers != self._about_layers:
            self._about_layers = about_layers
            if self._pane.tab == "details" and self._state.subject is not None:
                self.show_tab()

    def layer_changed(self) -> None:
        """The cursor of Layers is on another row."""
        if self._pane.tab in ("details", "command"):
            self.show_tab()
        elif self._pane.tab == "dockerfile":
            self.dockerfile.layer_changed()

    def path_changed(self) -> None:
        """The cursor of Files is on another path."""
        if self._pane.tab in ("file", "lookup"):
            self.show_tab()

    def container_changed(self) -> None:
        """Its process has started, ended or written something."""
        if self._pane.tab in ("logs", "namespaces"):
            self.show_tab(from_start=False)

    # -- texts

    def _fill_details(self, from_start: bool) -> None:
        from layertui.tui.screens.shared.details_text import (
            container_parts,
            image_parts,
            layer_parts,
            writable_layer_parts,
        )

        state, subject = self._state, self._state.subject
        if subject is None:
            self._pane.show_document("details", [])
            return
        now = self._clock()
        row = self._panes.layers.current
        summary = state.summaries.get(row.number) if row is not None and row.kind != "step" else None
        counted = [summary.size for summary in state.summaries.values() if not summary.writable]
        total = sum(counted) if state.summaries else None
        if row is not None and row.kind == "own":
            layer = writable_layer_parts(row.number, summary)
        else:
            layer = layer_parts(summary, self._target.step, now)
        container = []
        listing = state.of_engine(state.selection.engine)
        image = image_parts(subject.image, total, now, listing.own_id(subject.image) if listing is not None else None)
        if subject.container is not None and listing is not None:
            one = subject.container.id
            taken: int | str | None = listing.sizes.get(one, listing.no_sizes.get(one))
            container = container_parts(subject.container, taken, listing.no_start, now)
        about = [*container, *layer, *image] if container else [*image, *layer]
        parts = [*layer, *container, *image] if self._about_layers else about
        self._pane.show_document("details", parts, from_start=from_start)

    def _fill_command(self) -> None:
        from layertui.tui.screens.shared.details_text import command_parts

        if self._state.subject is not None:
            self._pane.show_document("command", command_parts(self._target.step, self._state.container))

    def _fill_config(self, from_start: bool) -> None:
        from layertui.tui.screens.shared.details_text import config_parts

        if self._state.subject is not None:
            self._pane.show_document("config", config_parts(self._state.subject), from_start=from_start)

    def _fill_history(self) -> None:
        def sized(step: Step) -> Step:
            summary = self._state.summaries.get(step.number or 0)
            return step if summary is None else step._replace(size=summary.size)

        self._pane.step_table().show_steps(tuple(sized(step) for step in self._state.steps), self._clock())

    # -- answers of jobs

    def _ask_logs(self) -> None:
        from layertui.tui.screens.shared.details_text import log_parts

        if (container := self._state.container) is None:
            return
        name = container.name

        def then(lines: list[LogLine]) -> None:
            self._pane.show_document("logs", log_parts(lines), from_start=False, at_end=True)

        self._screen.ask(
            tr("reading logs"),
            lambda i, _: list(i.containers.output.logs(name, tail=LOG_LINES)),
            then,
            group="logs",
            quiet=True,
            engine=self._state.selection.engine,
        )

    def _ask_namespaces(self) -> None:
        if (container := self._state.container) is None:
            return
        name = container.name

        def then(namespaces: Namespaces) -> None:
            self._pane.namespaces_view().show(namespaces)

        self._screen.ask(
            tr("reading namespaces"),
            lambda i, _: i.containers.observation.namespaces(name),
            then,
            group="namespaces",
            quiet=True,
            engine=self._state.selection.engine,
        )

    def _ask_file(self) -> None:
        from layertui.core.layers.table.entry import Change, Kind
        from layertui.tui.screens.shared.details_text import entry_parts

        entry, subject = self._panes.files.entry, self._state.subject
        head, view = self._pane.file_view()
        if entry is None or subject is None:
            head.show([])
            view.say(tr("No file is selected."))
            return
        head.show(entry_parts(entry, self._state.own_number))
        if entry.change == Change.REMOVED:
            view.say(tr("Removed by this layer; {lookup} shows the versions below.", lookup=key_name("lookup", "f")))
        elif entry.kind == Kind.DIR:
            view.say(tr("A folder."))
        elif entry.kind == Kind.FILE:
            selection = self._state.selection
            dark = self._screen.app.current_theme.dark
            self._screen.ask(
                tr("reading {path}", path=safe(entry.path)),
                lambda i, p: _preview(i, subject, entry, selection, p, dark=dark),
                view.show,
                group="file",
                failed=lambda error: view.say(safe(str(error))),
            )
        else:
            view.say(tr("A {word}: it has no content of its own.", word=kind_text(entry.kind.word)))

    def _ask_lookup(self) -> None:
        path, subject = self._panes.files.path, self._state.subject
        view = self._pane.lookup_view()
        if path is None or subject is None:
            view.clear()
            return
        commands = {step.number: step.command for step in self._state.steps if step.number}
        own = self._state.own_number
        self._screen.ask(
            tr("looking up {path}", path=safe(path)),
            lambda i, p: i.trace(subject, path, deep=True, progress=p),
            lambda trace: view.show(trace, commands, own),
            group="lookup",
            quiet=True,
        )


def _preview(
    inspector: Inspector, subject: Subject, entry: Entry, selection: Selection, progress: Progress, *, dark: bool
) -> Preview:
    from layertui.tui.widgets.files.preview import READ_LIMIT, preview_of

    only = selection.layer if selection.alone else None
    upto = None if selection.alone else selection.layer
    with inspector.read(subject, entry.path, upto=upto, only=only, progress=progress) as stream:
        content = b""
        while len(content) < READ_LIMIT and (chunk := stream.read(READ_LIMIT - len(content))):
            content += chunk
            progress.advance(len(chunk))
    return preview_of(entry.path, content, entry.size, theme="ansi_dark" if dark else "ansi_light")
