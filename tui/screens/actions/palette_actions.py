"""What the palette lists of the keys: every action that is available on a screen, by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.markup import escape

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import own_label

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator

    from textual.dom import DOMNode
    from textual.screen import Screen

_LEFT_OUT = frozenset({"command_palette", "back"})
"""Actions that make no sense in the palette."""


def palette_actions(
    screen: Screen[Any], moves: Collection[str], run: Callable[[str, DOMNode], Awaitable[object]]
) -> Iterator[SystemCommand]:
    """Each once, with its key; `moves` are keys that only move something."""
    seen: set[str] = set()
    for active in screen.active_bindings.values():
        binding, node = active.binding, active.node
        if not active.enabled or not binding.description or binding.action in seen:
            continue
        if binding.action in _LEFT_OUT or binding.key in moves:
            continue
        seen.add(binding.action)
        name = tr(binding.description)[:1].upper() + tr(binding.description)[1:]
        label = own_label(binding)
        # The palette parses titles as markup, so a key that is a bracket must be escaped.
        title = name if label in "[]" else f"{name} ({label})"
        yield SystemCommand(title, escape(tr(binding.tooltip or "")), partial(run, binding.action, node))
