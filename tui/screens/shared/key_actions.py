"""The actions of a screen's keys, each with the reason why it cannot be done at the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from textual.actions import parse
from textual.binding import Binding
from textual.dom import DOMNode

from layertui.tui.common.keys.remapped_keys import RemappedKeys, remapped
from layertui.tui.widgets.lists.row_list import RowList

NONE_REMAPPED: RemappedKeys = MappingProxyType({})


def possible() -> str:
    """The refusal of an action that is always possible."""
    return ""


class Action(NamedTuple):
    """An action of a key on a screen."""

    run: Callable[..., object]
    refusal: Callable[[], str] = possible
    """Why it cannot be done now, in one line for the user; empty if it can. Called for each drawing of the key bar: keep it cheap."""


def own_bindings(kind: type, keys: RemappedKeys = NONE_REMAPPED) -> list[Binding]:
    """The bindings of a class and of its base classes in layertui; a subclass overrides keys, `keys` those of all."""
    found: list[Binding] = []
    taken: set[str] = set()
    for base in kind.__mro__:
        if not base.__module__.startswith("layertui.") or not issubclass(base, DOMNode):
            continue
        new = [one for one in Binding.make_bindings(base.__dict__.get("BINDINGS", ())) if one.key not in taken]
        found += new
        taken |= {one.key for one in new}
    return remapped(found, keys)


def remapped_in(app: object) -> RemappedKeys:
    """The keys that an app has remapped."""
    keys: RemappedKeys = getattr(app, "remapped_keys", NONE_REMAPPED)
    return keys


def refusal_of(
    key: str, nodes: Iterable[DOMNode], actions: Mapping[str, Action], keys: RemappedKeys = NONE_REMAPPED
) -> str:
    """Why none of these nodes, from the focus outwards, does anything for a key; empty if one does, or the key is not bound."""
    why = ""
    for node in nodes:
        for binding in _by_key(type(node), tuple(keys.items())).get(key, ()):
            _, name, parameters = parse(binding.action)
            if node.check_action(name, parameters):
                return ""
            if not why and isinstance(node, RowList):
                why = f"{binding.description}: {node.why_not(name)}"
            elif not why and name in actions:
                why = actions[name].refusal()
    return why


@cache
def _by_key(kind: type, keys: tuple[tuple[str, str], ...]) -> dict[str, list[Binding]]:
    found: dict[str, list[Binding]] = {}
    for binding in own_bindings(kind, dict(keys)):
        found.setdefault(binding.key, []).append(binding)
    return found
