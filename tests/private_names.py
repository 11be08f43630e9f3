"""Which private names of Textual a source file uses: read from its syntax tree, and from Textual's own sources."""

import ast
import importlib
import inspect
import textwrap
from functools import cache
from pathlib import Path

import layertui.tui

TUI = Path(inspect.getfile(layertui.tui)).parent
SOURCES = sorted(path for path in TUI.rglob("*.py") if path.name != "__init__.py")
PATCHES = TUI / "textual_patches"
OUR_OWN = {"_replace", "_asdict", "_fields"}  # of named tuples: documented, with an underscore


def is_private(name: str) -> bool:
    return name.startswith("_") and name != "_" and not (name.startswith("__") and name.endswith("__"))


def is_textual(module: str | None) -> bool:
    return (module or "").partition(".")[0] == "textual"


@cache
def private_names_of(kind: type) -> frozenset[str]:
    """The private methods and attributes that a class gets from Textual."""
    names: set[str] = set()
    for base in kind.__mro__:
        if is_textual(base.__module__):
            names |= {name for name in vars(base) if is_private(name)} | attributes_set_in(base)
    return frozenset(names)


@cache
def attributes_set_in(kind: type) -> frozenset[str]:
    """The private attributes that the methods of a class set on `self`."""
    return frozenset(
        node.attr
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(kind))))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_private(node.attr)
    )


def private_uses(path: Path) -> set[str]:
    """The private names of Textual that a file imports, reads, sets, overrides or replaces."""
    tree = ast.parse(path.read_text())
    return _imported(tree) | _on_other_objects(tree) | _in_text(tree) | _replaced(tree) | _in_classes(path)


def _imported(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and is_textual(node.module)
        for alias in node.names
        if is_private(alias.name) or any(map(is_private, str(node.module).split(".")))
    }


def _on_other_objects(tree: ast.Module) -> set[str]:
    """`widget._name`, `super()._name`: of ours only where the file itself defines the name."""
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    bases = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "sys"))
    }
    return {name for name in bases - OUR_OWN if name not in defined}


def _in_text(tree: ast.Module) -> set[str]:
    """`getattr(app, "__name")`."""
    return {
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("getattr", "setattr", "hasattr", "delattr")
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value.startswith("_")
        and node.args[1].value != "__wrapped__"
    }


def _replaced(tree: ast.Module) -> set[str]:
    """`module.NAME = …`, `vars(module)["NAME"] = …`: what was imported from Textual is given another attribute."""
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and is_textual(node.module)
        for alias in node.names
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) in modules:
                    found.add(target.attr)
                if isinstance(target, ast.Subscript) and ast.unparse(target.value) in {f"vars({m})" for m in modules}:
                    found.add(ast.literal_eval(target.slice))
    return found


def _in_classes(path: Path) -> set[str]:
    """What our classes use or override of the private names that they inherit from Textual."""
    name = ".".join(("layertui.tui", *path.relative_to(TUI).with_suffix("").parts))
    found: set[str] = set()
    for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
        if kind.__module__ != name or not (inherited := private_names_of(kind)):
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(kind)))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "cls"):
                found |= {node.attr} & inherited
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= {node.name} & inherited
    return found
