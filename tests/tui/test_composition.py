"""Screens, dialogs and widgets are put together from parts: no class grows over its bases, and none waits for a subclass to fill it."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import layertui.tui

ROOT = Path(layertui.tui.__file__).parent

MOST = 60
"""The largest number of methods and properties of a class, with those of its base classes in layertui; Textual's are not counted."""


def classes() -> Iterator[type]:
    """Every class of the terminal UI."""
    for found in pkgutil.walk_packages(layertui.tui.__path__, "layertui.tui."):
        module = import_module(found.name)
        yield from (one for one in vars(module).values() if inspect.isclass(one) and one.__module__ == found.name)


def members(kind: type) -> set[str]:
    """Its methods and properties, with those of its base classes in layertui."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("layertui.")]
    return {
        name
        for base in ours
        for name, value in vars(base).items()
        if (inspect.isroutine(value) or isinstance(value, property)) and (name == "__init__" or name[:2] != "__")
    }


def test_no_class_has_more_members_than_one_can_know():
    counts = {kind.__name__: len(members(kind)) for kind in classes()}
    assert counts["HomeScreen"] > 30  # or nothing is counted
    assert not {name: count for name, count in counts.items() if count > MOST}


@pytest.mark.slow
def test_no_class_leaves_a_method_to_its_subclasses():
    """What a subclass has to say is an abstract method, which mypy asks for; or a part is given it."""
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
    }
    assert not found
