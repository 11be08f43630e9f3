"""The line at the bottom: the keys that work at the moment, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import LABELS, key_label

ALWAYS = ("help", "command_palette", "close", "quit")
"""Actions at the right end, which are always shown; if space is short, others are dropped from the right."""

GIVES_WAY = "command_palette"
"""The one of them that is dropped if the focused pane's keys do not fit: `?` lists it."""

# A widget that has the focus may name actions that come first, in `FIRST_KEYS`: what one does with what it shows.

BEHIND = "turn(1)"
"""Shown after the screen's own actions although the focused widget binds it: the frame shows that there are tabs."""


class Key(NamedTuple):
    """One entry of the bar."""

    press: str
    label: str
    text: str
    action: str
    enabled: bool = True

    @property
    def width(self) -> int:
        """Its cells; between two entries there are two blanks more."""
        return cell_len(self.label) + 1 + cell_len(self.text)


def fitting(keys: Iterable[Key], width: int) -> list[Key]:
    """The keys that fit, in order; those at the end stay, others before them are dropped."""
    everything = list(keys)
    ends = [key for key in everything if key.action in ALWAYS]
    ends.sort(key=lambda key: ALWAYS.index(key.action))
    others = [key for key in everything if key.action not in ALWAYS]
    most = _beside(others, ends, width)
    fewer = _beside(others, [key for key in ends if key.action != GIVES_WAY], width)
    return fewer if len(fewer) >= len(most) else most  # without GIVES_WAY, if one key more fits then


def _beside(others: list[Key], ends: list[Key], width: int) -> list[Key]:
    """As many of the others as fit beside the ends."""
    ends = ends[:]
    while ends and _width(ends) > width:
        ends.pop()
    shown: list[Key] = []
    for key in others:
        if _width([*shown, key, *ends]) > width:
            break
        shown.append(key)
    return [*shown, *ends]


def _width(keys: list[Key]) -> int:
    return sum(key.width for key in keys) + 2 * max(0, len(keys) - 1) + 2


def _letter(key: str) -> str | None:
    """The character that a key types, if any."""
    if len(key) == 1:
        return key
    label = LABELS.get(key, "")
    return label if len(label) == 1 and label.isascii() else None


class KeyBar(Widget):
    """Shows what the focused widget, the screen and the app bind; a click presses the key."""

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $panel; color: $text-muted; }
    """

    _keys: list[Key] | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, _screen: Screen[object]) -> None:
        keys = self.keys()
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def keys(self) -> list[Key]:
        """One entry per action, the nearest to the focus first."""
        found: dict[str, Key] = {}
        focused = self.screen.focused
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            if focused is not None and focused.check_consume_key(key, _letter(key)):
                continue  # typed into the focused field instead
            if binding.action == "command_palette":
                found[binding.action] = Key(key, "^p", tr("palette"), binding.action)
            elif binding.show and binding.description and binding.action not in found:
                found[binding.action] = Key(
                    key, key_label(binding), binding.description, binding.action, active.enabled
                )
        first = getattr(focused, "FIRST_KEYS", ())
        return sorted(
            (key for key in found.values() if key.enabled),
            key=lambda key: (key.action == BEHIND, first.index(key.action) if key.action in first else len(first)),
        )

    def render(self) -> Content:
        """A key and a word for each."""
        parts: list[tuple[str, str] | str] = [" "]
        if self._keys is None:
            self._keys = self.keys()
        shown = fitting(self._keys, self.size.width)
        for number, key in enumerate(shown):
            if number:
                parts.append("  ")
            parts.append((key.label, "bold $footer-key-foreground"))
            parts.append((" " + key.text, ""))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        if event.button != 1:
            return
        at = 1
        for key in fitting(self.keys(), self.size.width):
            if at <= event.x < at + key.width:
                self.app.simulate_key(key.press)
                return
            at += key.width + 2
