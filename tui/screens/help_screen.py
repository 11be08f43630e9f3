"""Lists the keys that work at the moment, from the screen's bindings; docs/keys.md is made from the same bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name, own_label
from layertui.tui.screens.shared.base_screen import InspectorDialog
from layertui.tui.screens.shared.key_actions import own_bindings, remapped_in
from layertui.tui.widgets.files.document import Document, Part, heading
from layertui.tui.widgets.forms.fields import Line
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.app import App


MOVES = frozenset(["up", "k", "down", "j", "home", "g", "end", "G", "pageup", "pagedown", "ctrl+u", "ctrl+d"])


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One line: the keys, and what they do."""

    keys: str
    text: str

    def fits(self, wanted: str) -> bool:
        """Whether one of the keys is this one, or the words have this text, whatever its case."""
        return not wanted or wanted in self.keys.split() or wanted.lower() in self.text.lower()


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
    """The keys of the screen below; `/` narrows them to those of a word."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen #keys {
        width: 90%; max-width: 92; height: 90%; padding: 0 1; background: $surface;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $text-muted;
    }
    HelpScreen Document { height: 1fr; background: $surface; }
    HelpScreen Line { display: none; }
    HelpScreen .-narrowed { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,q", "back", tr("close"), show=False),
        Binding("slash", "narrow", tr("filter"), show=False, tooltip=tr("Filter the keys: a key, or a word")),
        Binding("down,enter", "to_keys", tr("to the keys"), show=False, tooltip=tr("Go from the filter to the keys")),
    ]

    def __init__(self, of: Screen[Any]) -> None:
        super().__init__()
        self._of = of
        self._sections: list[tuple[str, list[KeyHelp]]] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="keys"):
            yield Document()
            yield Line(placeholder=tr("Filter: a key, or a word"), id="filter")

    def on_mount(self) -> None:
        frame = self.query_one("#keys")
        frame.border_title = tr("Keys")
        frame.border_subtitle = tr(
            "{narrow} filters · {back} closes", narrow=key_name("narrow", "/"), back=key_name("back", "Esc")
        )
        self._sections = [*sections(self._of, self.app), (tr("Signs"), [KeyHelp(*sign) for sign in GLYPHS])]
        self._show("")
        self.query_one(Document).focus()

    def _show(self, wanted: str) -> None:
        """The keys whose label is the text, or whose words have it; all without a text."""
        signs = self._sections[-1][1]
        parts: list[Part] = []
        for title, keys in self._sections:
            fitting = [key for key in keys if key.fits(wanted)]
            if fitting:
                word = "strong" if keys is signs else "key"
                parts += [heading(title), *(Part(key.text, key.keys, name_word=word) for key in fitting)]
        self.query_one(Document).show(parts or [Part(tr("No match."))])

    def action_narrow(self) -> None:
        """Ask for the text."""
        field = self.query_one(Line)
        field.add_class("-narrowed")
        field.focus()

    def action_to_keys(self) -> None:
        """From the text to the keys that it has left."""
        self.query_one(Document).focus()

    def action_back(self) -> None:
        """Clear the filter, then leave."""
        field = self.query_one(Line)
        if not field.has_class("-narrowed"):
            super().action_back()
            return
        field.value = ""
        field.remove_class("-narrowed")
        self.query_one(Document).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value.strip())
