"""Checks the keys in config.toml: unknown actions, keys that do not exist, and keys that another action has."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.core.nearest_name import did_you_mean
from layertui.tui.common.keys.remapped_keys import SAME_AS, RemappedKeys, conflicts
from layertui.tui.screens.shared.key_actions import own_bindings
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.config.config_file import ConfigFile

PACKAGES = ("layertui.tui.screens", "layertui.tui.widgets")


def key_problems(config: ConfigFile, app: type) -> list[str]:
    """What is wrong with the keys, one line each, in the order of the file. It imports all screens: call it in a job."""
    keys = {action: written.value for action, written in config.keys.items()}
    bound = {kind: own_bindings(kind) for kind in (app, *binding_classes())}
    actions = {binding.action for bindings in bound.values() for binding in bindings}
    found: dict[str, str] = {}
    for action, names in keys.items():
        if action not in actions:
            found[action] = tr(
                "unknown action {action!r} in [keys]; {did_you_mean}",
                action=action,
                did_you_mean=did_you_mean(action, actions, tr("docs/keys.md lists all")),
            )
        for key in str(names).split(","):
            if key in SAME_AS:
                found.setdefault(
                    action,
                    tr(
                        "{key!r} is {same_as!r} in a terminal; choose another key for {action!r}",
                        key=key,
                        same_as=SAME_AS[key],
                        action=action,
                    ),
                )
    given = {action: str(names) for action, names in keys.items() if action in actions}
    moves = [one for one in bound.get(RowList, own_bindings(RowList)) if one.action not in given]
    for bindings in bound.values():
        beside = [*bindings, *(one for one in moves if one not in bindings)]
        mine = {action: names for action, names in given.items() if any(one.action == action for one in bindings)}
        for action, key, other in conflicts(beside, mine):
            found.setdefault(
                action,
                tr("the key {key!r} of {action!r} is also that of {other!r}", key=key, action=action, other=other),
            )
    return [f"{config.path}:{config.keys[action].line}: {found[action]}" for action in keys if action in found]


def kept_keys(given: RemappedKeys, kinds: Iterable[type]) -> dict[str, str]:
    """The actions of some classes that lose a key to one in config.toml, and the keys that are left to them on all screens.

    Keys are separated by commas; none may be left.
    """
    found: dict[str, list[str]] = {}
    for kind in kinds:
        before, after = own_bindings(kind), own_bindings(kind, given)
        for action in {one.action for one in before} - given.keys():
            left = [one.key for one in after if one.action == action]
            if left != [one.key for one in before if one.action == action]:
                found[action] = [key for key in found.get(action, left) if key in left]
    return {action: ",".join(keys) for action, keys in found.items()}


def binding_classes() -> Iterator[type]:
    """The classes of screens and widgets that bind keys. It imports all of them: call it in a job."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            yield from _binding_keys(import_module(module.name))


def loaded_classes() -> Iterator[type]:
    """Those of them that are imported already: what the first screen shows."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGES):
            yield from _binding_keys(module)


def _binding_keys(module: ModuleType) -> Iterator[type]:
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == module.__name__ and value.__dict__.get("BINDINGS"):
            yield value
