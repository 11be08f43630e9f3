"""Which names of Python's modules macOS lacks, as typeshed has it: its conditions on `sys.platform`, as mypy reads them.

lacking("os")    names that this Python has here, and would not have there
"""

import ast
import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

MODULES = ("os", "posix", "signal", "select", "fcntl", "socket", "resource", "time", "errno", "termios", "mmap")


def lacking(module: str) -> set[str]:
    """Empty where mypy, which brings typeshed, is not installed."""
    found = find_spec("mypy")
    if found is None or found.origin is None:
        return set()
    folder = Path(found.origin).parent / "typeshed/stdlib"
    file = folder / f"{module}.pyi"
    body = ast.parse((file if file.exists() else folder / module / "__init__.pyi").read_text()).body
    there = _names(body, "linux") - _names(body, "darwin")
    return {name for name in there if name in vars(importlib.import_module(module)) and not name.startswith("__")}


def _names(body: list[ast.stmt], platform: str) -> set[str]:
    found: set[str] = set()
    for node in body:
        match node:
            case ast.If():
                found |= _names(node.body if _holds(node.test, platform) else node.orelse, platform)
            case ast.FunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign():
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            case ast.ImportFrom():
                found |= {alias.asname or alias.name for alias in node.names}
    return found


def _holds(test: ast.expr, platform: str) -> bool:
    here = SimpleNamespace(platform=platform, version_info=sys.version_info)
    return bool(eval(ast.unparse(test), {"sys": here}))
