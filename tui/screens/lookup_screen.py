"""Shows which layer has a path: searched from the top down."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Entry
from layertui.tui.common.format import kind_text, layer_name, safe
from layertui.tui.common.jobs import one_line
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.report.package_report import owner_text
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side, read_side
from layertui.tui.screens.file.file_opening import FileOpening, ShownFiles
from layertui.tui.screens.shared.base_screen import ZOOM_KEYS, InspectorScreen
from layertui.tui.screens.shared.clipboard import COPY_KEY, CopyActions
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.shared.path_completion import in_view, names_of, nearest
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.files.preview import Preview, caption
from layertui.tui.widgets.forms.fields import Field
from layertui.tui.widgets.forms.path_line import PathLine
from layertui.tui.widgets.forms.typed_history import TypedHistory
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.analysis.packages.find_packages import FileOwner
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.trace import Trace
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress


NO_PATH = tr("Type a path: the layers are searched for it from the top down.")


class AskedPath(PathLine):
    """The path that is looked up."""

    TITLE_OF_KEYS = tr("Path to look up")

    # Its own word for Enter in the key bar.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", tr("to the layers"), tooltip=tr("Go from the path to the layers")),
        # Priority, so that it is done before the next key is delivered.
        Binding("tab", "complete", tr("complete, or to the layers"), show=False, priority=True),
        Binding("up", "older", tr("older paths"), show=False, tooltip=tr("Older paths; Down goes back")),
    ]

    history: TypedHistory | None = None

    def action_older(self) -> None:
        """The path that was looked up before this one."""
        if self.history is not None:
            self.history.step(self, 1)

    def action_complete(self) -> None:
        """Accept the completion after the cursor; if there is none, go on."""
        if not self.complete():
            self.screen.focus_next()


class LookupScreen(InspectorScreen[None]):
    """The path, below it the result for each layer, and beside these the version under the cursor."""

    DEFAULT_CSS = """
    LookupScreen #path-field { padding: 0 1; }
    LookupScreen #names { height: 1; padding: 0 1 0 15; color: $text-disabled; }
    LookupScreen #answers { height: 1fr; }
    LookupScreen #answers > * {
        height: 1fr; width: 1fr; border: round $pane-border; border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
    }
    LookupScreen #answers > *:focus { border: round $primary; border-title-color: $primary; }
    LookupScreen #answers > LookupView { width: 6fr; }
    LookupScreen #answers > FileView { width: 4fr; }
    LookupScreen #answers > .-little { height: 5; }
    LookupScreen.-wide #answers > .-little { height: 1fr; width: 40; }
    LookupScreen #answers > .-away { display: none; }
    LookupScreen.-narrow #answers, LookupScreen.-medium #answers { layout: vertical; }
    LookupScreen.-narrow #answers > #layers, LookupScreen.-narrow #answers > #version,
    LookupScreen.-medium #answers > #layers, LookupScreen.-medium #answers > #version { width: 100%; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "answers", tr("to the layers"), key_display="↓", tooltip=tr("Go from the path to the layers")),
        Binding("f", "path", tr("path"), tooltip=tr("Look up another path")),
        Binding("space", "mark", tr("mark"), tooltip=tr("Mark this version, to compare it with another")),
        Binding(
            "equals_sign",
            "compare",
            tr("compare"),
            key_display="=",
            tooltip=tr("Compare the marked version with this one"),
        ),
        COPY_KEY,
        *ZOOM_KEYS,
    ]

    def __init__(self, name: str, path: str = "/", *, upto: int | None = None) -> None:
        super().__init__()
        self._of = name if upto is None else f"{name}@{upto}"
        self._path = path
        self._subject: Subject | None = None
        self._view: View | None = None
        self._commands: dict[int, str] = {}
        self._own: int | None = None
        self._marked: Entry | None = None
        self._nearest: str | None = None
        """The nearest path that exists, if the typed one does not."""
        self._zoom = 0
        """1 shrinks the other pane to a few lines, 2 hides it."""
        self._opening = FileOpening(
            self,
            lambda screen: self.app.push_screen(screen.on_engine(self.engine)),
            lambda path: self.show_notice(tr("{path} is a folder.", path=path), seconds=3),
        )
        self.offer(CopyActions(self).actions())
        self.offer(
            {
                "answers": Action(self._down, self._no_answers),
                "path": Action(self._to_path),
                "mark": Action(self._mark),
                "compare": Action(self._compare),
                "zoom": Action(self._zoom_by),
            }
        )

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield Field(
            tr("Path"),
            AskedPath(self._path, placeholder=tr("e.g. /etc/motd"), id="path"),
            hint=tr("{tab} completes", tab=key_name("complete", "Tab")),
            id="path-field",
        )
        yield Static(id="names")
        with Horizontal(id="answers"):
            yield LookupView(id="layers")
            yield FileView(id="version")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#layers").border_title = tr("top-down search")
        self.query_one(HeaderLine).subject = self._of
        line = self.query_one("#path", AskedPath)
        line.history = TypedHistory(lambda: self.host.memory.typed("lookups"))
        line.focus()

        def opened(inspector: Inspector, progress: Progress) -> tuple[Subject, View, list[LayerSummary]]:
            subject = inspector.open(self._of, progress=progress)
            return subject, inspector.view(subject, progress=progress), inspector.layers(subject, progress)

        self.ask(tr("opening {of}", of=self._of), opened, self._opened, group="open", failed=self._failed)

    def _opened(self, answer: tuple[Subject, View, list[LayerSummary]]) -> None:
        self._subject, self._view, layers = answer
        self._commands = {layer.number: layer.command or "" for layer in layers}
        self._own = next((layer.number for layer in layers if layer.writable), None)
        self.query_one(HeaderLine).subject = self._subject.title
        line = self.query_one("#path", PathLine)
        self._wanted(PathLine.Wanted(line, line.value))

    def _failed(self, error: Exception) -> None:
        self.query_one("#version", FileView).say(one_line(error))

    # -- the path

    @on(PathLine.Wanted)
    def _wanted(self, event: PathLine.Wanted) -> None:
        subject, view = self._subject, self._view
        if subject is None or view is None:
            return
        candidates = in_view(view, event.text)
        event.line.offer(event.text, candidates)
        names = names_of([safe(path) for path in candidates], event.text, self.size.width - 18)
        self.query_one("#names", Static).update(Content(names))
        path = "/" + event.text.strip("/")
        if path == "/":  # the root is no entry of a layer, and exists without one
            self.host.jobs.stop(self, "trace")
            self.query_one(LookupView).clear()
            return

        def look(inspector: Inspector, progress: Progress) -> tuple[Trace, str | None]:
            trace = inspector.trace(subject, path, deep=True, progress=progress)
            known = any(step.found != "absent" for step in trace.steps)
            return trace, None if known else nearest(view, path)

        self._nearest = None
        self.ask(
            tr("looking up {path}", path=path),
            look,
            self._show,
            group="trace",
            failed=self._failed,
            quiet=True,
        )

    @on(Input.Submitted, "#path")
    def _to_answers(self) -> None:
        """From the path to the layers; if no layer has it, look up the nearest one that exists."""
        line = self.query_one("#path", AskedPath)
        if self._nearest is None:
            self.host.memory.note_typed("lookups", line.value)
            self.set_focus(self.query_one("#layers"))
            return
        line.value, self._nearest = self._nearest, None
        line.cursor_position = len(line.value)

    def _down(self) -> None:
        """Back from an older path; from the newest, to the layers."""
        line = self.query_one("#path", AskedPath)
        if line.history is None or not line.history.step(line, -1):
            self._to_answers()

    def _no_answers(self) -> str:
        return "" if isinstance(self.focused, PathLine) else tr("it leads from the path to the layers")

    def _to_path(self) -> None:
        """Ask for another path."""
        self.set_focus(self.query_one("#path"))

    def _zoom_by(self, by: int) -> None:
        """Enlarge or shrink the focused pane."""
        zoom = max(0, min(self._zoom + by, 2))
        if zoom == self._zoom:
            self.show_notice(
                tr("The pane is as {word} as it can be.", word=tr("large") if by > 0 else tr("small")),
                severity="warning",
                seconds=3,
            )
        self._zoom = zoom
        self._share_room()

    def on_descendant_focus(self) -> None:
        """Undo the zoom: it was for what had the focus."""
        self._share_room()

    def _share_room(self) -> None:
        layers, version = self.query_one("#layers"), self.query_one("#version")
        other = layers if version.has_focus else version
        for pane in (layers, version):
            pane.set_class(pane is other and self._zoom == 1, "-little")
            pane.set_class(pane is other and self._zoom > 1, "-away")

    # -- the versions

    def _show(self, answer: tuple[Trace, str | None]) -> None:
        trace, self._nearest = answer
        self._marked = None
        self.query_one(LookupView).show(trace, self._commands, self._own, nearest=self._nearest or "")
        subject = self._subject
        if trace.visible and subject is not None:
            self.ask(
                tr("looking up the package of {path}", path=trace.path),
                lambda inspector, progress: inspector.analysis.package_of(subject, trace.path, progress),
                lambda owner: self._show_package(trace.path, owner),
                group="package",
                failed=lambda _: None,  # an addition to the answer, which is there
                quiet=True,
            )

    def _show_package(self, path: str, owner: FileOwner | None) -> None:
        layers = self.query_one(LookupView)
        if owner is not None and layers.trace is not None and layers.trace.path == path:
            package = owner_text(owner)
            layers.show_package(tr("package {package}", package=package) if package else tr("in no package"))

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        subject, layers, version = self._subject, self.query_one(LookupView), self.query_one("#version", FileView)
        entry = layers.entry_at(event.index)
        self.refresh_bindings()  # Enter opens a version, or unfolds
        if subject is None or entry is None:
            self.host.jobs.stop(self, "read")
            version.border_title = version.border_subtitle = ""
            version.say(tr("not in this layer") if layers.trace is not None else NO_PATH)
            return
        if not version.border_title:
            version.say(tr("reading {path}", path=safe(entry.path)))
        side = Side(subject, entry, entry.layer)
        theme = "one-dark" if self.app.current_theme.dark else "friendly"
        self.ask(
            tr("reading {path}", path=entry.path),
            lambda inspector, _progress: read_side(inspector, side, theme),
            lambda preview: self._preview(entry, preview),
            group="read",
            failed=self._failed,
            quiet=True,
        )

    def _preview(self, entry: Entry, preview: Preview | None) -> None:
        version = self.query_one("#version", FileView)
        version.border_title = tr("content in {layer}", layer=layer_name(entry.layer, self._own))
        version.border_subtitle = caption(preview) if preview is not None else ""
        if preview is None:
            link = tr(" to {link}", link=safe(entry.link)) if entry.link is not None else ""
            version.say(tr("a {word}{link}: no content to show", word=kind_text(entry.kind.word), link=link))
        else:
            version.show(preview)

    @on(RowList.Chosen)
    def _open_version(self) -> None:
        """Show the version of one layer on a screen of its own."""
        entry = self._version()
        if entry is not None and self._subject is not None:
            self._opening.open(ShownFiles(self._subject, only=entry.layer), entry)

    def _version(self) -> Entry | None:
        """The version under the cursor."""
        layers = self.query_one(LookupView)
        return layers.entry_at(layers.cursor)

    def _mark(self) -> None:
        """Mark the version, or remove the mark."""
        entry = self._version()
        if entry is None:
            self.show_notice(
                tr("nothing to mark: this layer has no version of the path"), severity="warning", seconds=3
            )
            return
        self._marked = None if entry == self._marked else entry
        self.query_one(LookupView).mark(self._marked)

    def _compare(self) -> None:
        """Compare the marked version, or the next one below, with this one."""
        layers, entry = self.query_one(LookupView), self._version()
        other = self._marked if self._marked is not None else layers.version_below(layers.cursor)
        if entry is None or other is None or entry == other or self._subject is None:
            self.show_notice(
                tr(
                    "Two versions are needed: mark one with {mark}, then move to the other.",
                    mark=key_name("mark", "Space"),
                ),
                severity="warning",
            )
            return
        older, newer = sorted((entry, other), key=lambda version: version.layer or 0)
        self.app.push_screen(
            ContentScreen(Side(self._subject, older, older.layer), Side(self._subject, newer, newer.layer), entry.path)
        )
