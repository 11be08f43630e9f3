"""The house: who imports whom, where the words are kept, and what a start costs in modules."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from builders import docker_archive, file, folder, image, layer

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"layertui": ROOT / "layertui", "layertui.core": ROOT / "core", "layertui.tui": ROOT / "tui"}
PACKAGES = {
    f"{name}.{'.'.join(path.parent.relative_to(room).parts)}".rstrip(".")
    for name, room in ROOMS.items()
    for path in room.rglob("__init__.py")
}
SOURCES = sorted(path for room in ROOMS.values() for path in room.rglob("*.py"))

# Words with a better one in docs/glossary.md; as whole words of a name, in snake case or camel case.
AVOIDED = {"hash", "tombstone", "manager", "helper", "helpers", "util", "utils", "service", "handler", "info"}
# What other people's interfaces are called, and Python's own protocol.
THEIRS = {
    *("__hash__", "TarInfo", "tarinfo", "exc_info", "version_info", "contextmanager", "asynccontextmanager"),
    "handler",  # aiohttp passes it by this name
    "info",  # a method of fsspec's file systems
    *("service", "helper", "helper_of", "ask_helper"),  # of a registry's token server; docker's credential helpers
}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", "../pyproject.toml", "--no-cache"],
        cwd=ROOT / ".typing",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "", "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_document_draws_the_floors_of_the_contracts():
    page = (ROOT / "docs/architecture.md").read_text()
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    (drawing,) = (
        block for block in re.findall(r"```\n(.*?)```", page, re.DOTALL) if block.startswith("core:   catalog")
    )
    drawn = [re.sub(r"^\S+:", "", house).split("\n") for house in drawing.split("\n\n")]
    assert [[line.strip().split("   ")[0] for line in house if line.strip()] for house in drawn] == floors


def test_the_document_says_what_each_folder_contains():
    page = (ROOT / "docs/architecture.md").read_text()
    table = page[page.index("### Packages") : page.index("## 2. The files")]
    folders = {str(path.parent.relative_to(ROOT)) for path in SOURCES if path.name != "__init__.py"}
    named = {name for name in folders if f"`{name}`" in table}
    # Of `tui/widgets/…` the row names the folders inside.
    groups = re.findall(r"`((?:core|tui)/[a-z/]+)/…`|`(core/inspector)`", table)
    grouped = tuple(one or other for one, other in groups)
    assert len(named) > 40
    assert sorted(name for name in folders - named if not name.startswith(grouped)) == ["core", "layertui", "tui"]


def test_names_keep_to_the_glossary():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in SOURCES
        for line, name in [(1, path.stem), *_names(_tree(path))]
        if name not in THEIRS and _words(name) & AVOIDED
    ]
    assert not found, "see docs/glossary.md for the word to use"


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give every name that the file defines, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield node.lineno, name
            case ast.Assign(targets=targets):
                yield from ((node.lineno, target.id) for target in targets if isinstance(target, ast.Name))


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_the_checkers_see_the_same_files():
    links = ROOT / ".typing/layertui"
    assert (links / "core").resolve() == ROOT / "core"
    assert (links / "tui").resolve() == ROOT / "tui"
    for name in ("__init__.py", "__main__.py", "py.typed"):
        assert (links / name).resolve() == ROOT / "layertui" / name


def test_the_rooms_are_not_importable_by_their_short_names():
    done = _python("import importlib.util as u; print(u.find_spec('core'), u.find_spec('tui'))")
    assert done.split() == ["None", "None"]


@pytest.mark.parametrize(
    ("module", "kept_out"),
    [
        ("layertui.tui.verbs.commands", ["textual", "rich", "numpy", "asyncio"]),
        ("layertui.tui.report.comparison.json_comparison", ["numpy", "textual"]),
        ("layertui.core.oci.digest", ["numpy", "textual", "click"]),
        ("layertui.core.streams.tar.tar_contents", ["numpy", "textual", "click"]),
        ("layertui.core.images.archive.archive", ["numpy", "textual", "click"]),
        ("layertui.core.engines.embedded.embedded_containers", ["numpy", "textual", "click"]),
        ("layertui.core.containers.lifecycle.starting", ["numpy", "textual", "click"]),
    ],
)
def test_an_import_brings_only_what_it_needs(module, kept_out):
    loaded = _python(f"import sys, {module}; print(' '.join(sys.modules))").split()
    assert set(kept_out).isdisjoint(loaded)


CLIENTS = {"docker", "requests", "urllib3"}


@pytest.mark.parametrize(
    "call",
    [
        "c.run(['--store', STORE, 'images'], CliContext())",
        "c.run(['--store', STORE, 'ps', '-a'], CliContext())",
        "c.run(['--store', STORE, 'engines', '--json'], CliContext())",
        "Inspector(Settings.load(STORE)).engine_names()",
    ],
)
def test_who_uses_no_daemon_imports_no_client(call, tmp_path, monkeypatch):
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/none")
    imports = (
        "import sys, layertui.tui.verbs.commands as c; from layertui.tui.verbs.shared.cli_context import CliContext; "
        "from layertui.core.inspector import Inspector; from layertui.core.settings import Settings"
    )
    loaded = _python(f"{imports}; STORE = {str(tmp_path / 'store')!r}; {call}; print(' '.join(sys.modules))").split()
    assert "layertui.core.engines.embedded.embedded_engine" in loaded or "engine_names" in call
    assert CLIENTS.isdisjoint(loaded)


@pytest.mark.skipif(metadata.version("numpy").startswith("1."), reason="numpy 1 loads all of itself")
def test_looking_into_layers_leaves_most_of_numpy_on_the_disk(tmp_path):
    folders = layer([folder("etc"), file("etc/motd", b"hello")]), layer([folder("etc"), file("etc/motd", b"bye")])
    archive = docker_archive(image(folders, tags=["demo:1.0"]), tmp_path / "demo.tar")
    words = ["--store", str(tmp_path / "store"), "ls", "-lR", str(archive)]
    loaded = _python(
        f"import sys, layertui.tui.verbs.commands as c; print(c.run({words})); print(' '.join(sys.modules))"
    ).split()
    assert "0" in loaded
    assert "numpy" in loaded
    assert {"numpy.ma", "numpy.random", "numpy.fft"}.isdisjoint(loaded)


def test_a_history_loads_nothing_that_looks_into_layers(tmp_path):
    archive = docker_archive(image((layer([file("a", b"a")]),), tags=["demo:1.0"]), tmp_path / "demo.tar")
    words = ["--store", str(tmp_path / "store"), "history", str(archive)]
    loaded = _python(
        f"import sys, layertui.tui.verbs.commands as c; print(c.run({words})); print(' '.join(sys.modules))"
    ).split()
    assert "0" in loaded
    assert "layertui.core.layers.cache.catalog" in loaded
    rest = _in_core("layers.table.entry", "layers.stack.layer_counts", "inspector.inspector_answers") | {"numpy"}
    assert rest.isdisjoint(loaded)


@pytest.mark.parametrize("verb", ["images", "history demo:1.0", "layers demo:1.0"])
def test_looking_at_stored_images_loads_nothing_of_what_containers_are_made_of(verb, tmp_path):
    archive = docker_archive(image((layer([file("a", b"a")]),), tags=["demo:1.0"]), tmp_path / "demo.tar")
    store = ["--store", str(tmp_path / "store")]
    run = "import sys, layertui.tui.verbs.commands as c; print(c.run({}))"
    _python(run.format([*store, "load", str(archive)]))
    loaded = _python(f"{run.format([*store, *verb.split()])}; print(' '.join(sys.modules))").split()
    assert "0" in loaded
    assert "layertui.core.engines.embedded.embedded_engine" in loaded
    of_containers = ("layertui.core.containers.model", "layertui.core.containers.records")
    assert all(name in PACKAGES for name in of_containers)
    assert not [name for name in loaded if name.startswith(of_containers)]


def test_a_list_of_containers_loads_nothing_of_images(tmp_path):
    words = ["--store", str(tmp_path / "store"), "ps"]
    loaded = _python(
        f"import sys, layertui.tui.verbs.commands as c; print(c.run({words})); print(' '.join(sys.modules))"
    ).split()
    assert "0" in loaded
    assert "layertui.core.containers.records.records" in loaded
    rest = {"hashlib", "random", "socket", "shutil", "subprocess"}
    rest |= _in_core("images.image", "oci.image_config", "oci.manifest", "store.store_layout")
    # A file `*.pth` of the machine's own may import some of them into every Python.
    in_every_python = _python("import sys; print(' '.join(sys.modules))").split()
    assert rest.isdisjoint({*loaded}.difference(in_every_python))


def _in_core(*names: str) -> set[str]:
    """The full names of modules that there are: one that was renamed is never loaded, and says nothing."""
    assert [name for name in names if not (ROOT / "core" / f"{name.replace('.', '/')}.py").is_file()] == []
    return {f"layertui.core.{name}" for name in names}


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": ""},
    )
    return done.stdout


def test_only_settings_reads_the_environment():
    """Where things lie and what the user chose comes from one file."""
    readers = {str(path.relative_to(ROOT)) for path in SOURCES if _reads_the_environment(_tree(path))}
    assert readers == {"core/settings.py", *ENVIRONMENT_ALLOWED}


def _reads_the_environment(tree: ast.Module) -> bool:
    """Whether the code names the environment at all, in whatever way it then looks something up."""
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in names:  # of `os`, by whatever name that is imported
                return True
            case ast.ImportFrom(module="os", names=imported) if names & {one.name for one in imported}:
                return True
    return False


# file: why it may look at the environment itself
ENVIRONMENT_ALLOWED = {
    "core/language/choice.py": "texts are made before settings are loaded",
    "core/engines/daemon/ssh_socket.py": "passes it on to ssh, but for what a frozen program set for itself",
    "core/containers/runtimes/shim_process.py": "passes it on, but for what would change how the shim's Python works",
    "core/containers/storage/user_namespace.py": "passes it on",
    "tui/verbs/container/create_verbs.py": "`-e NAME` takes the value that a variable has here",
}


# ---------------------------------------------------------------- the seam of the engines

SEAM = ["image_protocols", "container_protocols", "file_protocols", "store_protocols"]


def _methods(of: ast.ClassDef) -> list[str]:
    functions = [node for node in of.body if isinstance(node, ast.FunctionDef)]
    return [one.name for one in functions if "property" not in map(ast.unparse, one.decorator_list)]


def test_no_protocol_of_engines_asks_for_more_than_eight_methods():
    protocols = {
        node.name: _methods(node)
        for name in SEAM
        for node in ast.walk(ast.parse((ROOT / "core/engines" / f"{name}.py").read_text()))
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases)
    }
    assert len(protocols) > 8
    assert not {name: len(methods) for name, methods in protocols.items() if len(methods) > 8}


def test_every_method_of_an_engine_says_what_it_does():
    assert not [
        f"{name}.{function.name}"
        for name in SEAM
        for node in ast.walk(ast.parse((ROOT / "core/engines" / f"{name}.py").read_text()))
        if isinstance(node, ast.ClassDef)
        for function in node.body
        if isinstance(function, ast.FunctionDef) and ast.get_docstring(function) is None
    ]


def test_the_inspector_hands_out_parts():
    from layertui.core.inspector import Inspector

    own = {name for cls in Inspector.__mro__ if cls is not object for name, it in vars(cls).items() if _is_ours(it)}
    assert len(own) <= 30, sorted(own)


def _is_ours(member: object) -> bool:
    return callable(member) or isinstance(member, property | cached_property)


def test_the_inspector_has_no_folder_of_more_than_fifteen_modules():
    folders = [ROOT / "core/inspector", *(ROOT / "core/inspector").rglob("*/"), ROOT / "core/engines"]
    assert not {str(one): n for one in folders if (n := len(list(one.glob("*.py")))) > 15}


def test_the_sample_engine_is_small_and_no_part_of_the_program():
    assert len((ROOT / "docs/sample_engine/folder_engine.py").read_text().splitlines()) <= 120


@pytest.mark.parametrize("name", ["tui_world.py", "memory_engine.py"])
def test_the_engine_in_memory_reaches_into_nothing(name):
    """It is given to the Inspector as any engine is: no private attribute of another object is read or set."""
    private = [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse((ROOT / "tests" / name).read_text()))
        if _reaches_into_another(node)
    ]
    assert not private


def _reaches_into_another(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=of, attr=name):
            return name.startswith("_") and ast.unparse(of) not in ("self", "super()")
        case ast.Call(func=ast.Name(id="getattr" | "setattr" | "delattr" | "vars"), args=[of, *_]):
            return ast.unparse(of) != "self"
    return False


# As the names of files of a container's folder are, so are these of a store: docs/store-format.md.
_OF_A_STORE = re.compile(
    r"/?(containers|volumes|unpacked|events|cache|tmp|blobs|names|(index\.|inside\.)?lock|inside|ids|record\.json|owners)(/|$)"
)
# What has such a name and is in no store: Podman's settings, addresses of a registry, the folder in which a runtime is tried.
_ELSEWHERE = {
    "containers/auth.json",
    "containers/containers.conf",
    "containers/podman-connections.json",
    "containers/storage",
    "containers/storage.conf",
    "/blobs/",
    "/blobs/uploads/",
}
_PROBES = {"core/containers/runtimes/probe_folders.py", "core/containers/runtimes/runtime.py"}


def test_paths_below_a_store_are_spelled_in_one_file():
    found = {
        f"{path.relative_to(ROOT)}: {text}"
        for path in sorted((ROOT / "core").rglob("*.py"))
        if path.name != "store_paths.py"
        for node in ast.walk(_tree(path))
        for text in _joined_to_a_path(node)
        if _OF_A_STORE.match(text) and text not in _ELSEWHERE
    }
    assert {one.partition(":")[0] for one in found} == _PROBES, f"see core/store_paths.py: {found}"


def _joined_to_a_path(node: ast.AST) -> list[str]:
    """What an expression has behind a path, by `/`, in a text, or as an argument."""
    match node:
        case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str(text))):
            return [text]
        case ast.JoinedStr(values=[_, *behind]):
            texts = [one.value for one in behind if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            return [text for text in texts if text.startswith("/")]
        case ast.Call(func=ast.Attribute(attr="join" | "joinpath") | ast.Name(id="Path"), args=parts):
            return [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return []


@pytest.mark.parametrize(
    "code", ['p / "volumes"', 'p / "volumes/x"', 'f"{p}/volumes"', 'os.path.join(p, "volumes")', 'p.joinpath("lock")']
)
def test_a_path_that_is_spelled_is_found(code):
    (text,) = (text for node in ast.walk(ast.parse(code)) for text in _joined_to_a_path(node))
    assert _OF_A_STORE.match(text)


# ---------------------------------------------------------------- rooms and names


def test_no_folder_has_more_modules_than_one_can_read_at_a_glance():
    counted = {
        str(folder.relative_to(ROOT)): len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
        for folder in {path.parent for path in SOURCES}
    }
    assert not {folder: count for folder, count in counted.items() if count > 15}


def test_no_file_has_more_lines_than_contributing_says():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    usual, most = map(int, re.findall(r"Most files have fewer than (\d+) lines, and none more than (\d+)", text)[0])
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert not {name: count for name, count in lines.items() if count > most}
    assert sum(count < usual for count in lines.values()) > len(lines) / 2


def test_each_file_and_each_class_has_a_name_of_its_own():
    files = [path.name for path in SOURCES if path.name != "__init__.py"]
    classes = [
        node.name
        for path in SOURCES
        for node in _tree(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    for names in (files, classes):
        assert sorted({name for name in names if names.count(name) > 1}) == []


# ---------------------------------------------------------------- classes, and what they stand on


def test_no_class_of_the_core_has_more_members_than_one_can_know():
    """With those of its bases. `tests/tui/test_composition.py` counts the classes of the terminal UI, and finds no NotImplementedError."""
    classes = {
        node.name: node
        for path in sorted((ROOT / "core").rglob("*.py"))
        for node in _tree(path).body
        if isinstance(node, ast.ClassDef)
    }
    counts = {name: len(_members(node, classes)) for name, node in classes.items()}
    assert counts["LayerTable"] > 10  # or nothing is counted
    assert not {name: count for name, count in counts.items() if count > 60}


def _members(of: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> set[str]:
    """Methods and properties, with those of its bases; class names are unique, so a name leads to one class."""
    own = {one.name for one in of.body if isinstance(one, ast.FunctionDef)}
    bases = [classes[name] for base in of.bases if (name := ast.unparse(base).partition("[")[0]) in classes]
    return own.union(*(_members(base, classes) for base in bases))


def test_textual_is_bounded_to_the_series_that_is_tested():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (bounds,) = [one.specifier for one in map(Requirement, wanted) if one.name == "textual"]
    series = Version(metadata.version("textual")).release[:2]
    assert bounds.contains(f"{series[0]}.{series[1]}.99")
    assert not bounds.contains(f"{series[0]}.{series[1] + 1}.0")


def test_private_names_of_textual_are_used_in_one_folder():
    """Imports of them; ruff's SLF001 finds attributes."""
    users = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(_tree(path))
        for name in _imported(node)
        if re.match(r"(textual|rich)\b.*\._", name)
    }
    assert {one.rpartition("/")[0] for one in users} == {"tui/textual_patches"}


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [one.name for one in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [f"{module}.{one.name}" for one in names]
    return []


def test_filters_are_written_once():
    """Who makes a find bar: the filters of all screens, and the search in the bytes of a file, which filters no rows."""
    makers = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "FindBar"
    }
    assert makers == {"tui/screens/shared/finding.py", "tui/screens/file/file_finding.py"}


# ---------------------------------------------------------------- docstrings as contracts


def test_each_error_that_a_public_function_raises_is_named_in_its_docstring():
    """Or in that of the protocol that it fills. The docstring of a verb is its help, which names no class."""
    errors = _ancestors_of_errors()
    contracts = {
        (function.name, error)
        for path in SOURCES
        for node in _tree(path).body
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases)
        for function in node.body
        if isinstance(function, ast.FunctionDef)
        for error in errors
        if error in f"{ast.get_docstring(node)} {ast.get_docstring(function)}"
    }
    unnamed = [
        f"{path.relative_to(ROOT)}:{function.lineno}: {function.name} raises {error}"
        for path in SOURCES
        for function, docstring in _public_functions(_tree(path))
        for error in sorted(_raised_in(function) & errors.keys())
        if not any(one in docstring or (function.name, one) in contracts for one in errors[error])
    ]
    assert not unnamed


def _ancestors_of_errors() -> dict[str, set[str]]:
    """For each error of ours, the names that may stand for it in a docstring: its own, and those of its bases."""
    from layertui.core import errors

    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.LayertuiError)]
    return {one.__name__: {base.__name__ for base in one.__mro__[:-3]} for one in found}


def _public_functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    """Public functions and methods, each with its docstring; `__init__` has that of its class besides."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not node.name.endswith("_verb"):
            yield node, ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for one in node.body:
                if isinstance(one, ast.FunctionDef) and (one.name == "__init__" or not one.name.startswith("_")):
                    of_class = ast.get_docstring(node) or "" if one.name == "__init__" else ""
                    yield one, f"{of_class} {ast.get_docstring(one) or ''}"


def _raised_in(function: ast.FunctionDef) -> set[str]:
    """The names of what its own statements raise; functions and classes inside it are others."""
    found, rest = set(), list[ast.AST](function.body)
    while rest:
        node = rest.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found.add(ast.unparse(raised).rpartition(".")[2])
        rest.extend(ast.iter_child_nodes(node))
    return found
