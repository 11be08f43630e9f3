"""The Details pane: information about the selection, in tabs.

The tabs are in the frame. The view of a tab is created when it is first shown, so that the first frame waits for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.widgets.chrome.pane_layout import DETAILS, pane_title
from layertui.tui.widgets.files.document import Document, Part

if TYPE_CHECKING:
    from layertui.tui.widgets.chrome.lookup_view import LookupView
    from layertui.tui.widgets.container.namespaces_view import NamespacesView
    from layertui.tui.widgets.files.file_view import FileView
    from layertui.tui.widgets.lists.dockerfile_view import DockerfileView
    from layertui.tui.widgets.lists.step_table import StepTable

NAMES = {
    "details": tr("Details"),
    "command": tr("Command"),
    "config": tr("Config"),
    "history": tr("History"),
    "dockerfile": "Dockerfile",
    "file": tr("File"),
    "lookup": tr("Lookup"),
    "logs": tr("Logs"),
    "namespaces": tr("Namespaces"),
}
TABS = ("details", "command", "config", "history", "dockerfile", "file", "lookup", "logs", "namespaces")
OF_CONTAINERS = frozenset({"logs", "namespaces"})
MORE = " …"
"""Shown instead of the tabs that do not fit into the frame; `[` and `]` select them all the same."""


class Details(Widget):
    """The tabs, and the view of the selected one."""

    DEFAULT_CSS = """
    Details { padding: 0 1; }
    Details > * { height: 1fr; }
    Details > .file-head { height: auto; max-height: 4; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # The same as on home, where they are for the other panes: here they are shown in the key bar.
        Binding("right_square_bracket,ctrl+right", "turn(1)", tr("next tab"), key_display="[ ]"),
        Binding("left_square_bracket,ctrl+left", "turn(-1)", tr("previous tab"), show=False),
    ]

    class Changed(Message):
        """Another tab is selected, and needs content."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tab = "details"
        self.of_container = False

    def on_mount(self) -> None:
        self.show_title()
        self.mount(Document(id="tab-details"))

    # -- tabs

    @property
    def tabs(self) -> tuple[str, ...]:
        """The tabs with content for the selection."""
        return tuple(tab for tab in TABS if self.of_container or tab not in OF_CONTAINERS)

    def show_kind(self, *, of_container: bool) -> None:
        """Show or hide the tabs for containers, such as logs and namespaces."""
        self.of_container = of_container
        if self.tab not in self.tabs:
            self.turn_to("details")
        self.show_title()

    def turn(self, by: int) -> None:
        """Select the next tab, or the previous one, cyclically."""
        tabs = self.tabs
        self.turn_to(tabs[(tabs.index(self.tab) + by) % len(tabs)])

    def action_turn(self, by: int) -> None:
        self.turn(by)

    def turn_to(self, tab: str) -> None:
        """Select a tab."""
        if tab not in self.tabs:
            return
        had_focus = self.has_focus_within
        self.tab = tab
        self.show_title()
        self.view_of(tab)
        for child in self.children:
            child.display = child.id in (f"tab-{tab}", f"head-{tab}")
        if had_focus:
            self.focus_view()
        self.post_message(self.Changed(tab))

    def focus_view(self) -> None:
        """Focus the tab's view, at once: a key typed in the same moment is for it."""
        self.screen.set_focus(self.view_of(self.tab))

    def show_title(self) -> None:
        parts: list[Content | str | tuple[str, str]] = [self._start]
        tabs, gap = self.shown_tabs()
        for number, tab in enumerate(tabs):
            if number:
                parts.append((gap, "$text-muted not bold"))
            parts.append((self._name_of(tab), "bold" if tab == self.tab else "$text-muted not bold"))
        if len(tabs) < len(self.tabs):
            parts.append((MORE, "$text-muted not bold"))
        title = Content.assemble(*parts)
        if title.markup != self.border_title:  # each change of the title lays out the whole screen
            self.border_title = title

    @property
    def _start(self) -> str:
        """The key of the pane, before its tabs."""
        return pane_title(DETAILS, "")

    def _name_of(self, tab: str) -> str:
        """As in the frame: brackets show where no colour does which tab is selected."""
        return f"[{NAMES[tab]}]" if tab == self.tab else NAMES[tab]

    def shown_tabs(self) -> tuple[list[str], str]:
        """The tabs that fit into the frame, including the selected one; and their separator."""
        tabs = list(self.tabs)
        room = self.size.width - 4 - cell_len(self._start) - 2
        for gap in (" · ", "  ", " "):
            if not self.size.width or _length(tabs, gap) <= room:
                return tabs, gap
        while len(tabs) > 1 and _length(tabs, " ") > room - len(MORE):
            tabs.remove(next(tab for tab in reversed(tabs) if tab != self.tab))
        return tabs, " "

    def on_resize(self) -> None:
        self.show_title()

    def on_click(self, event: events.Click) -> None:
        """A click on a tab's name in the frame selects it."""
        if event.screen_y != self.region.y or event.button != 1:
            return
        at = self.region.x + 2 + cell_len(self._start) + 1
        tabs, gap = self.shown_tabs()
        for tab in tabs:
            cells = cell_len(self._name_of(tab))
            if at <= event.screen_x < at + cells:
                self.turn_to(tab)
                return
            at += cells + len(gap)

    # -- views

    def view_of(self, tab: str) -> Widget:
        """The view of a tab, made on first access."""
        for child in self.children:
            if child.id == f"tab-{tab}":
                return child
        view = _made(tab)
        if tab == "file":
            self.mount(Document(id="head-file"))
            self.get_child_by_id("head-file").add_class("file-head")
        view.display = tab == self.tab
        self.mount(view)
        return view

    def document(self, tab: str) -> Document:
        """The view of a tab with text."""
        view = self.view_of(tab)
        assert isinstance(view, Document)
        return view

    def show_document(self, tab: str, parts: Sequence[Part], *, at_end: bool = False, from_start: bool = True) -> None:
        """Fill a tab with text."""
        self.document(tab).show(parts, at_end=at_end, from_start=from_start)

    def file_view(self) -> tuple[Document, FileView]:
        """The properties of the file, and its content."""
        view = self.view_of("file")
        return self.get_child_by_id("head-file", Document), view  # type: ignore[return-value]

    def lookup_view(self) -> LookupView:
        """The layers with the selected path."""
        return self.view_of("lookup")  # type: ignore[return-value]

    def namespaces_view(self) -> NamespacesView:
        """The container's namespaces beside the host's."""
        return self.view_of("namespaces")  # type: ignore[return-value]

    def step_table(self) -> StepTable:
        """The tab History."""
        return self.view_of("history")  # type: ignore[return-value]

    def dockerfile_view(self) -> DockerfileView:
        """The history as a Dockerfile."""
        return self.view_of("dockerfile")  # type: ignore[return-value]


def _length(tabs: Sequence[str], gap: str) -> int:
    return sum(cell_len(NAMES[tab]) for tab in tabs) + len(gap) * (len(tabs) - 1)


def _made(tab: str) -> Widget:
    name = f"tab-{tab}"
    if tab == "file":
        from layertui.tui.widgets.files.file_view import FileView

        return FileView(id=name)
    if tab == "lookup":
        from layertui.tui.widgets.chrome.lookup_view import LookupView

        return LookupView(id=name)
    if tab == "namespaces":
        from layertui.tui.widgets.container.namespaces_view import NamespacesView

        return NamespacesView(id=name)
    if tab == "dockerfile":
        from layertui.tui.widgets.lists.dockerfile_view import DockerfileView

        return DockerfileView(id=name)
    if tab == "history":
        from layertui.tui.widgets.lists.step_table import StepTable

        return StepTable(id=name)
    return Document(id=name)
