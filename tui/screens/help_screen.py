"""Lists the keys that work at the moment, from the screen's bindings; docs/keys.md is made from the same bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.screens.shared.base_screen import InspectorDialog
from layertui.tui.screens.shared.key_actions import own_bindings, remapped_in
from layertui.tui.widgets.chrome.key_bar import own_label
from layertui.tui.widgets.files.document import Document, Part, heading
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.app import App


MOVES = frozenset(["up", "k", "down", "j", "home", "g", "end", "G", "pageup", "pagedown", "ctrl+u", "ctrl+d"])


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One line: the keys, and what they do."""

    keys: str
    text: str


PANE_KEYS = (
    KeyHelp("^p", tr("Palette: every action by name")),
    KeyHelp("^q", tr("Quit from anywhere")),
)

GLYPHS = (
    ("●", tr("image used by a container; ○ unused, ◌ untagged, ✓ marked")),
    ("▶", tr("running container; ○ created, ‖ paused, ■ exited")),
    ("✎", tr("the writable layer of a container; all others are read-only")),
    ("A M D", tr("added, modified, deleted by the layer; + ~ - count them")),
    ("= ~ - +", tr("side by side: same, changed, only left, only right")),
    ("↑ ↓ ≡", tr("the step is higher or lower on the other side; same layer, other command")),
    ("→ ⇒", tr("leads to (symbolic link), another name of (hard link)")),
)


def keys_of(bindings: Iterable[BindingType]) -> list[KeyHelp]:
    """One line per action with all its keys; two actions of one key have two lines."""
    lines: dict[str, list[Binding]] = {}
    for binding in Binding.make_bindings(bindings):
        lines.setdefault(binding.action, []).append(binding)
    return [KeyHelp(" ".join(_labels(group)), text_of(group[0])) for group in lines.values()]


def text_of(binding: Binding) -> str:
    """What a key does: the tooltip if there is one."""
    text = binding.tooltip or binding.description
    return text[:1].upper() + text[1:]


def _labels(group: list[Binding]) -> list[str]:
    labels: list[str] = []
    for binding in group:
        label = own_label(binding)
        if label not in labels:
            labels.append(label)
    return labels


def sections(screen: Screen[Any], app: App[Any]) -> Iterator[tuple[str, list[KeyHelp]]]:
    """The keys of the focused widget, of the screen, of its other widgets, of every list, and of the app."""
    focused, remapped = screen.focused, remapped_in(app)
    around = (
        list(focused.ancestors) if focused is not None else []
    )  # tabs have no focus of their own, only the view in them
    kinds = dict.fromkeys(
        type(node)
        for node in [*([focused] if focused else []), *around, *screen.query("*")]
        if isinstance(node, Widget) and node not in (screen, app) and (node.can_focus or node in around)
    )
    of_lists = own_bindings(RowList, remapped)  # Enter in a list without a description opens nothing
    doable = {active.binding.action for active in screen.active_bindings.values() if active.enabled}
    own = {
        kind: keys_of(
            one
            for one in own_bindings(kind, remapped)
            if one.key not in MOVES
            and one not in of_lists
            and (kind is not type(focused) or one.action in doable)  # an empty list opens and marks nothing
        )
        for kind in kinds
    }
    titled = [(title_of(kind), keys) for kind, keys in own.items() if keys]
    first = 1 if focused is not None and own.get(type(focused)) else 0
    yield from titled[:first]
    here = own_bindings(type(screen), remapped)
    yield tr("Here"), keys_of(binding for binding in here if binding.action in doable)
    later = keys_of(binding for binding in here if binding.action not in doable)
    if later:
        yield tr("In another pane or state"), later
    yield from titled[first:]
    yield (
        tr("Moving in lists and texts"),
        keys_of(binding for binding in own_bindings(RowList, remapped) if binding.key in MOVES),
    )
    yield tr("Everywhere"), [*keys_of(own_bindings(type(app), remapped)), *PANE_KEYS]


def title_of(kind: type) -> str:
    """Its title on the screen, or its class name in words."""
    words = "".join(" " + letter.lower() if letter.isupper() else letter for letter in kind.__name__)
    return str(getattr(kind, "TITLE_OF_KEYS", words.strip().capitalize()))


class HelpScreen(InspectorDialog[None]):
    """The keys of the screen below."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > Document {
        width: 90%; max-width: 92; height: 90%; padding: 0 1; background: $surface;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $text-muted;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q", "back", tr("close"), show=False),
    ]

    def __init__(self, of: Screen[Any]) -> None:
        super().__init__()
        self._of = of

    def compose(self) -> ComposeResult:
        yield Document()

    def on_mount(self) -> None:
        document = self.query_one(Document)
        document.border_title = tr("Keys")
        document.border_subtitle = tr("Esc closes")
        parts: list[Part] = []
        for title, keys in sections(self._of, self.app):
            parts.append(heading(title))
            parts += [Part(key.text, key.keys, name_word="key") for key in keys]
        parts.append(heading(tr("Signs")))
        parts += [Part(text, sign, name_word="strong") for sign, text in GLYPHS]
        document.show(parts)
        document.focus()
