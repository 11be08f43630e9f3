"""A frame with tabs in its upper border, which need no line of their own; a click on a tab selects it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.common.keys.key_names import with_key


class TabFrame(ContentSwitcher):
    """A stack of tabs, of which one is visible, with their names in the frame."""

    DEFAULT_CSS = """
    TabFrame {
        height: 1fr; border: round $pane-border; border-title-color: $text-muted; border-title-align: left;
        border-subtitle-color: $text-muted; border-subtitle-align: right;
    }
    TabFrame:focus-within { border: round $primary; }
    """

    TITLE_OF_KEYS = tr("Tabs")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "turn(1)", tr("next tab"), key_display="[ ]"),
        Binding("ctrl+right", "turn(1)", tr("next tab"), show=False),
        Binding("left_square_bracket,ctrl+left", "turn(-1)", tr("previous tab"), show=False),
    ]

    notes: reactive[dict[str, str]] = reactive(dict)

    class Changed(Message):
        """Another tab is visible."""

        def __init__(self, frame: TabFrame, tab: str) -> None:
            super().__init__()
            self.frame = frame
            self.tab = tab

        @property
        def control(self) -> TabFrame:
            return self.frame

    def __init__(self, tabs: Sequence[tuple[str, str]], *children: Widget, id: str | None = None) -> None:
        super().__init__(*children, initial=tabs[0][0], id=id)
        self.tabs = tuple(tabs)

    def on_mount(self) -> None:
        self._entitle()

    def note(self, tab: str, text: str) -> None:
        """Add a few words after a tab's name, such as a count."""
        self.notes = {**self.notes, tab: safe(text)}

    def watch_notes(self) -> None:
        """Write the names with their notes."""
        self._entitle()

    def _names(self, notes: Mapping[str, str]) -> list[tuple[str, str]]:
        """Each name with its key, as for the panes of home: its number, if it has no other."""
        names = []
        for number, (tab, name) in enumerate(self.tabs, 1):
            note = f" ({notes[tab]})" if notes.get(tab) else ""
            names.append((tab, with_key(f"tab('{tab}')", str(number), f"{name}{note}")))
        return names

    def _shown(self) -> tuple[list[tuple[str, str]], str]:
        """The names that fit into the frame, and their separator: first gaps are shortened, then notes "none" dropped, then all."""
        room = self.size.width - 4
        some = {tab: note for tab, note in self.notes.items() if note != tr("none")}
        for notes in (self.notes, some):
            names = self._names(notes)
            for gap in (" · ", "  "):
                if not self.size.width or sum(cell_len(name) + len(gap) for _, name in names) - len(gap) <= room:
                    return names, gap
        return self._names({}), " · "

    def _entitle(self) -> None:
        parts: list[tuple[str, str]] = []
        names, gap = self._shown()
        for tab, name in names:
            parts.append((name, "bold underline $primary" if tab == self.current else "$text-muted not bold"))
            parts.append((gap, "$text-muted not bold"))
        title = Content.assemble(*parts[:-1])
        if title.markup != self.border_title:  # each change of the title lays out the whole screen
            self.border_title = title

    def on_resize(self) -> None:
        """As many names as fit now."""
        self._entitle()

    def turn_to(self, tab: str) -> None:
        """Show a tab, and focus it if the frame has the focus."""
        if tab == self.current:
            return
        had_focus = self.has_focus_within
        self.current = tab
        self._entitle()
        if had_focus:
            self.focus_tab()
        self.post_message(self.Changed(self, tab))

    def go_to(self, tab: str) -> None:
        """Show a tab, and focus it."""
        self.turn_to(tab)
        self.focus_tab()

    def focus_tab(self) -> None:
        """Focus the visible tab, at once.

        `Widget.focus` is asynchronous, and a key typed in the same moment would go to the previous focus.
        """
        shown = self.visible_content
        if shown is None:
            return
        if shown.focusable:
            self.screen.set_focus(shown)
            return
        for child in shown.query("*"):
            if child.focusable:
                self.screen.set_focus(child)
                return

    def action_turn(self, by: int) -> None:
        """Select the next tab, or the previous one."""
        order = [tab for tab, _ in self.tabs]
        at = order.index(self.current) if self.current in order else 0
        self.turn_to(order[(at + by) % len(order)])

    def on_click(self, event: events.Click) -> None:
        """A click on a name in the upper border."""
        if event.widget is not self or event.y != 0 or event.button != 1:
            return
        at = 3  # corner, line and gap
        names, gap = self._shown()
        for tab, name in names:
            if at <= event.x < at + cell_len(name):
                self.turn_to(tab)
                return
            at += cell_len(name) + len(gap)
