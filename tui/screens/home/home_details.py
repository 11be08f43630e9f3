"""What home tells of the selection: the titles of the panes, and the tab of Details that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from layertui.tui.common.format import count_text, kind_text, safe, size
from layertui.tui.common.selection import Selection
from layertui.tui.screens.home.home_opening import HomeOpening
from layertui.tui.widgets.chrome.details_pane import Details
from layertui.tui.widgets.text.pane_frame import entitle, tell_below

if TYPE_CHECKING:
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress
    from layertui.tui.widgets.files.preview import Preview

LOG_LINES = 2000
SETTLE = 0.06
"""Seconds a cursor has to rest on a path before its content is asked for: a held key asks for nothing."""


class HomeDetails(HomeOpening):
    """Fills Details and the frames."""

    about_layers = False
    """Whether Details begins with the layer: the pane that was looked at before it tells what it is about."""

    # -- titles

    def show_titles(self) -> None:
        listing = self.listing
        subject = self.subject
        damaged = f"{_count(listing.unreadable)} damaged" if listing and listing.unreadable else ""
        entitle(self.images, f"1 Images{_count(len(listing.images) if listing else 0)}{damaged}")
        entitle(self.containers, f"2 Containers{_count(len(listing.containers) if listing else 0)}")
        entitle(self.layer_list, f"3 Layers of {safe(subject.title)}" if subject else "3 Layers")
        entitle(self.files, self._files_title())
        tell_below(self.files, *self._files_subtitle())

    def _files_title(self) -> str:
        if self.subject is None:
            return "4 Files"
        number = self.selection.layer if self.selection.layer is not None else self.top
        is_own = number == self.own_number
        if self.selection.alone:
            return "4 Files of the own layer alone" if is_own else f"4 Files of layer {number} alone"
        if is_own:
            return f"4 Files as of layer {number - 1} + own layer"
        return f"4 Files as of layer {number}"

    def _files_subtitle(self) -> list[str]:
        view = self.files.view
        if view is None:
            return []
        parts = []
        if (pattern := self.patterns.get("files")) is not None:
            parts.append(pattern.told)
            parts.append(f"{count_text(self.files.found or 0)} of {count_text(len(view))}")
        else:
            parts.append(f"{count_text(len(view))} entries")
            parts.append(size(view.total_size))
        if self.only_changes:
            parts.append("only changes")
        if self.with_removed and not self.selection.alone:
            parts.append("with removed")
        if self.files.order != "name":
            parts.append(f"by {self.files.order}")
        return parts

    # -- the tabs

    @on(Details.Turned)
    def _tab_turned(self) -> None:
        self.tell_details()

    def tell_details(self, *, from_start: bool = True) -> None:
        tell = getattr(self, f"_tell_{self.details.tab}")
        tell(from_start)

    def pane_entered(self) -> None:
        """Another pane is looked at."""
        about_layers = self.about_layers if self.pane == "details" else self.pane in ("layers", "files")
        if about_layers != self.about_layers:
            self.about_layers = about_layers
            if self.details.tab == "details" and self.subject is not None:
                self.tell_details()

    @property
    def step(self) -> Step | None:
        """The step of the row that the cursor of Layers is on."""
        row = self.layer_list.current
        if row is None or row.kind in ("own", "line"):
            return None
        for step in self.steps:
            if row.kind == "layer" and step.number == row.number:
                return step
        empty = [step for step in self.steps if step.layer is None]
        shown = [other for other in self.layer_list.all_rows if other.kind == "step"]
        for other, step in zip(reversed(shown), empty, strict=False):
            if other is row:
                return step
        return None

    def _tell_details(self, from_start: bool) -> None:
        from layertui.tui.screens.shared.details_text import container_parts, image_parts, layer_parts, own_layer_parts

        subject = self.subject
        if subject is None:
            self.details.show_document("details", [])
            return
        now = self.clock()
        row = self.layer_list.current
        summary = self.summaries.get(row.number) if row is not None and row.kind != "step" else None
        total = (
            sum(summary.size for summary in self.summaries.values() if not summary.writable) if self.summaries else None
        )
        if row is not None and row.kind == "own":
            layer = own_layer_parts(row.number, summary)
        else:
            layer = layer_parts(summary, self.step, now)
        image = image_parts(subject.image, total, now)
        container = []
        if subject.container is not None and self.listing is not None:
            listing, one = self.listing, subject.container.id
            taken: int | str | None = listing.sizes.get(one, listing.no_sizes.get(one))
            container = container_parts(subject.container, taken, listing.no_start, now)
        about = [*container, *layer, *image] if container else [*image, *layer]
        parts = [*layer, *container, *image] if self.about_layers else about
        self.details.show_document("details", parts, from_start=from_start)

    def _tell_command(self, _from_start: bool) -> None:
        from layertui.tui.screens.shared.details_text import command_parts

        if self.subject is not None:
            self.details.show_document("command", command_parts(self.step, self.opened_container))

    def _tell_config(self, from_start: bool) -> None:
        from layertui.tui.screens.shared.details_text import config_parts

        if self.subject is not None:
            self.details.show_document("config", config_parts(self.subject), from_start=from_start)

    def _tell_history(self, _from_start: bool) -> None:
        self.details.step_table().show_steps(self._steps_with_sizes(), self.clock())

    def _steps_with_sizes(self) -> tuple[Step, ...]:
        def sized(step: Step) -> Step:
            summary = self.summaries.get(step.number or 0)
            return step if summary is None else step._replace(size=summary.size)

        return tuple(sized(step) for step in self.steps)

    def _tell_file(self, _from_start: bool) -> None:
        self.after(SETTLE, self._ask_file, name="rest")

    def _tell_lookup(self, _from_start: bool) -> None:
        self.after(SETTLE, self._ask_lookup, name="rest")

    def _tell_logs(self, _from_start: bool) -> None:
        from layertui.tui.screens.shared.details_text import log_parts

        container = self.opened_container
        if container is None:
            return
        name = container.name

        def then(lines: list[LogLine]) -> None:
            self.details.show_document("logs", log_parts(lines), from_start=False, at_end=True)

        self.ask(
            "reading logs",
            lambda i, _: list(i.containers.output.logs(name, tail=LOG_LINES)),
            then,
            group="logs",
            quiet=True,
        )

    def _tell_namespaces(self, _from_start: bool) -> None:
        container = self.opened_container
        if container is None:
            return
        name = container.name

        def then(namespaces: Namespaces) -> None:
            self.details.namespaces_view().show(namespaces)

        self.ask(
            "reading namespaces",
            lambda i, _: i.containers.observation.namespaces(name),
            then,
            group="namespaces",
            quiet=True,
        )

    # -- what is asked for only when the cursor rests

    def path_changed(self) -> None:
        """The cursor of Files is on another path."""
        if self.details.tab in ("file", "lookup"):
            self.tell_details()

    def _ask_file(self) -> None:
        from layertui.core.layers.table.entry import Change, Kind
        from layertui.tui.screens.shared.details_text import entry_parts

        entry, subject = self.files.entry, self.subject
        head, view = self.details.file_view()
        if entry is None or subject is None:
            head.show([])
            view.say("No file is selected.")
            return
        head.show(entry_parts(entry, self.own_number))
        if entry.change == Change.REMOVED:
            view.say("Removed by this layer; f shows the versions below.")
        elif entry.kind == Kind.DIR:
            view.say("A folder.")
        elif entry.kind == Kind.FILE:
            selection = self.selection
            dark = self.app.current_theme.dark
            self.ask(
                f"reading {safe(entry.path)}",
                lambda i, p: _preview(i, subject, entry, selection, p, dark=dark),
                view.show,
                group="file",
                failed=lambda error: view.say(safe(str(error))),
            )
        else:
            view.say(f"A {kind_text(entry.kind.word)}: it has no content of its own.")

    def _ask_lookup(self) -> None:
        path, subject = self.files.path, self.subject
        view = self.details.lookup_view()
        if path is None or subject is None:
            view.clear()
            return
        commands = {step.number: step.command for step in self.steps if step.number}
        own = self.own_number
        self.ask(
            f"looking up {safe(path)}",
            lambda i, p: i.trace(subject, path, deep=True, progress=p),
            lambda trace: view.show(trace, commands, own),
            group="lookup",
            quiet=True,
        )

    @property
    def pane(self) -> str:
        """The pane that is looked at."""
        return self.panes.arrangement.focused


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


def _count(count: int) -> str:
    return f" · {count_text(count)}" if count else ""
