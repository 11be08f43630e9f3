"""Gives actions the keys that the user has chosen in config.toml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from textual.binding import Binding

RemappedKeys = Mapping[str, str]
"""Actions and their keys, separated by commas."""

SAME_AS = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}
"""Keys that a terminal cannot tell from others."""


def remapped(bindings: Iterable[Binding], keys: RemappedKeys) -> list[Binding]:
    """The bindings with other keys for the actions in `keys`; another action that has one of these keys loses it.

    They stay in their order, which is that of the key bar, of `?` and of the menus.

    Textual's own keymaps do not serve: they take a key from every action that shares it, such as start and stop.
    """
    found = list(bindings)
    given: dict[str, list[Binding]] = {}
    for action, names in keys.items():
        first = next((one for one in found if one.action == action), None)
        if first is not None:
            given[action] = list(Binding.make_bindings([replace(first, key=names, key_display=None)]))
    taken = {one.key for new in given.values() for one in new}
    moved: list[Binding] = []
    for one in found:
        if one.action in keys:
            moved += given.pop(one.action, ())
        elif one.key not in taken:
            moved.append(one)
    return moved


def conflicts(bindings: Iterable[Binding], keys: RemappedKeys) -> list[tuple[str, str, str]]:
    """Each key that takes the place of another action's: the action, the key, and the action that loses it.

    Actions that have a key in common without `keys`, such as start and stop, may have another in common.
    """
    before = list(bindings)
    shared = {frozenset((one.action, other.action)) for one in before for other in before if one.key == other.key}
    after = [one for one in before if one.action not in keys]
    found: list[tuple[str, str, str]] = []
    for new in (one for one in remapped(before, keys) if one.action in keys):
        others = (old for old in after if old.key == new.key and frozenset((new.action, old.action)) not in shared)
        found += [(new.action, new.key, old.action) for old in others]
        after.append(new)
    return found
