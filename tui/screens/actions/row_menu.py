"""Menus at the pointer: of a row, or of the screen beside its rows; what they do is what the keys do, by the bindings themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Offset, Size

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import own_label
from layertui.tui.screens.shared.base_screen import InspectorDialog, InspectorScreen
from layertui.tui.screens.shared.key_actions import own_bindings, remapped_in
from layertui.tui.widgets.lists.choice_list import ChoiceList
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.dom import DOMNode

NOT_OF_A_ROW = frozenset(
    (
        "tab", "find", "next_match", "refresh", "bring_in", "open_archive", "engines", "fleet", "pull", "bookmarks",
        "turn", "pane", "next_pane", "zoom",
    )
)  # fmt: skip
"""Actions of a screen that are about all rows, or none."""

LEFT_TO_CLICKS = frozenset(
    (
        "tab", "turn", "pane", "next_pane", "focus_next", "focus_previous", "menu", "suspend_process", "copy_text",
        "minimize",
    )
)  # fmt: skip
"""Actions without a line in the screen's menu: a click on a tab or a pane does the same, or they are about keys."""


_BESIDE = 7
"""Cells of a line's frame, cursor, gap and scroll bar, and one after its key."""


class MenuEntry(NamedTuple):
    """One line of the menu."""

    text: str
    key: str
    action: str
    node: DOMNode


def menu_entries(screen: InspectorScreen[Any], moves: Iterable[str], *, of_row: bool = True) -> list[MenuEntry]:
    """What can be done now with the row under the cursor, or else what is not about a row; `moves` are the keys that only move it.

    Where no list with a cursor has the focus, no menu of a row could be had: there the screen's has all, what Enter does too.
    """
    found: dict[str, MenuEntry] = {}
    focused = screen.focused
    has_rows = isinstance(focused, RowList) and focused.has_cursor() and focused.count
    # Not Textual's own, such as those that scroll, of which a list knows nothing.
    of_list = {one.action for one in own_bindings(type(focused), remapped_in(screen.app))} if has_rows else frozenset()
    for active in screen.active_bindings.values():
        binding, node = active.binding, active.node
        name = binding.action.partition("(")[0].rpartition(".")[2]
        is_about_row = (isinstance(node, RowList) and binding.action in of_list) or (
            node is screen and screen.has_offered(name) and name not in NOT_OF_A_ROW
        )
        if of_row:
            is_wanted = is_about_row
        else:
            is_opening = node is focused and not has_rows and name == "choose"
            is_of_screen = node in (screen, screen.app) and name not in LEFT_TO_CLICKS
            is_wanted = is_opening or (is_of_screen and not (has_rows and is_about_row))
        if not (is_wanted and active.enabled and binding.description) or binding.key in moves:
            continue
        text = binding.description[:1].upper() + binding.description[1:]
        found.setdefault(binding.action, MenuEntry(text, own_label(binding), binding.action, node))
    return list(found.values())


class MenuList(ChoiceList):
    """The cursor follows the pointer, and one click chooses."""

    def on_mouse_move(self, event: events.MouseMove) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and int(self.scroll_offset.y) + offset.y < self.count:
            self.cursor = int(self.scroll_offset.y) + offset.y

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        offset = event.get_content_offset(self)
        if offset is not None and int(self.scroll_offset.y) + offset.y < self.count:
            self.cursor = int(self.scroll_offset.y) + offset.y
            self.action_choose()


class RowMenu(InspectorDialog["MenuEntry | None"]):
    """The entries as a list; Esc, or a click beside it, leaves it."""

    DEFAULT_CSS = """
    RowMenu { background: transparent; align: left top; }
    RowMenu > ChoiceList { border: round $primary; background: $surface; }
    """

    def __init__(self, entries: Sequence[MenuEntry], at: Offset) -> None:
        """`at` is the cell of the pointer, or of the cursor."""
        super().__init__()
        self._entries = entries
        self._at = at

    def compose(self) -> ComposeResult:
        wide = max((cell_len(entry.text) for entry in self._entries), default=0)
        lines = [f"{entry.text}{' ' * (wide - cell_len(entry.text))}  {entry.key}" for entry in self._entries]
        yield MenuList(lines, id="choices")

    def on_mount(self) -> None:
        self._place(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        self._place(event.size)

    def _place(self, room: Size) -> None:
        """At the pointer, as far as it fits on the screen."""
        rows = self.query_one(ChoiceList)
        texts, keys = (max(map(cell_len, column)) for column in list(zip(*self._entries, strict=True))[:2])
        wide, tall = min(texts + keys + _BESIDE, room.width), min(len(self._entries) + 2, room.height)
        rows.styles.width, rows.styles.height = wide, tall
        rows.styles.offset = (
            max(0, min(self._at.x, room.width - wide)),
            max(0, min(self._at.y, room.height - tall)),
        )

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(self._entries[event.index])

    def on_click(self, event: events.Click) -> None:
        """A click beside the menu leaves it."""
        rows = self.query_one(ChoiceList)
        if not rows.region.contains_point(event.screen_offset):
            self.dismiss(None)


def open_menu(
    screen: InspectorScreen[Any],
    at: Offset,
    moves: Iterable[str],
    run: Callable[[str, DOMNode], object],
    *,
    of_row: bool = True,
) -> None:
    """Show the menu of the row that has the focus, or of the screen; `run` does what was chosen."""
    entries = menu_entries(screen, moves, of_row=of_row)
    if not entries:
        screen.show_notice(tr("Nothing can be done with this row."), severity="warning", seconds=3)
        return

    def chosen(entry: MenuEntry | None) -> None:
        if entry is not None:
            run(entry.action, entry.node)

    screen.app.push_screen(RowMenu(entries, at), chosen)
