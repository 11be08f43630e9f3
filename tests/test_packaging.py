"""What is installed is what lies in the tree: the explicit list, the wheel, and the wheel of the sdist."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = {"layertui": "layertui", "core": "layertui/core", "tui": "layertui/tui"}
WANTED_IN_PACKAGE = {".py", ".typed", ".tcss", ".txt", ".mo"}
of_one_build = pytest.mark.xdist_group("packaging")  # on one worker, which builds once


def _tree_files() -> set[str]:
    """Give every file that belongs into the package, as the wheel names it."""
    found = set()
    for room, installed in ROOMS.items():
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix in WANTED_IN_PACKAGE:
                found.add(f"{installed}/{path.relative_to(ROOT / room)}")
    return found


def test_every_package_is_listed():
    folders = {str(Path(name).parent).replace("/", ".") for name in _tree_files() if name.endswith(".py")}
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(folders)


def test_every_package_says_that_it_is_one():
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").exists()]


def _build(tree: Path, out: Path, what: str, umask: int = 0o022) -> Path:
    """Build with the backend itself, as pip does after it has made an isolated environment: no network."""
    out.mkdir(exist_ok=True)
    code = f"import sys; sys.path.insert(0, '.ci'); import build_backend as it; print(it.build_{what}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, out],
        cwd=tree,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path, Path]:
    """Build from a copy of the tree, and then from what the sdist holds: (wheel, second wheel, sdist, second sdist)."""
    folder = tmp_path_factory.mktemp("packaging")
    tree = folder / "tree"
    tree.mkdir()
    (tree / "tests").mkdir()
    (tree / ".ci").mkdir()
    files = ("pyproject.toml", ".ci/build_backend.py", "MANIFEST.in", "README.md", "LICENSE", "tests/test_packaging.py")
    for name in (*ROOMS, "docs/man", *files):
        source, target = ROOT / name, tree / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    sdist = _build(tree, folder / "sdist", "sdist")
    with tarfile.open(sdist) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # as Python before 3.11.4 knows none
        tar.extractall(folder / "unpacked")
    (unpacked,) = (folder / "unpacked").iterdir()
    for path in unpacked.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    wheel, again = _build(tree, folder / "wheel", "wheel"), _build(unpacked, folder / "again", "wheel", umask=0o077)
    return wheel, again, sdist, _build(unpacked, folder / "again", "sdist", umask=0o077)


def _package_files(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if name.startswith("layertui/")}


@of_one_build
@pytest.mark.slow
def test_the_wheel_holds_the_tree(built):
    assert _package_files(built[0]) == _tree_files()


@of_one_build
@pytest.mark.slow
def test_the_wheel_holds_the_manual_pages(built):
    with zipfile.ZipFile(built[0]) as archive:
        found = {name.rpartition("/")[2] for name in archive.namelist() if "/data/share/man/man1/" in name}
    assert found == {path.name for path in (ROOT / "docs/man").iterdir()} != set()


@of_one_build
@pytest.mark.slow
def test_made_of_the_sdist_both_are_the_same_bytes(built):
    wheel, again, sdist, sdist_again = (path.read_bytes() for path in built)
    assert wheel == again
    assert sdist == sdist_again


@of_one_build
@pytest.mark.slow
def test_the_sdist_holds_what_builds_it_and_no_tests(built):
    with tarfile.open(built[2]) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {".ci/build_backend.py", "pyproject.toml", "README.md", "LICENSE"} <= names
    assert not [name for name in names if name.startswith("tests")]


@of_one_build
@pytest.mark.slow
def test_the_wheel_says_what_it_is(built):
    with zipfile.ZipFile(built[0]) as archive:
        (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        about = archive.read(f"{folder}/METADATA").decode()
        scripts = archive.read(f"{folder}/entry_points.txt").decode()
        assert f"{folder}/licenses/LICENSE" in archive.namelist()
    assert "License-Expression: MIT" in about
    assert "Requires-Python: >=3.11" in about
    assert "layertui = layertui.tui.cli:main" in scripts


@of_one_build
@pytest.mark.slow
def test_the_wheel_runs(built, tmp_path):
    with zipfile.ZipFile(built[0]) as archive:
        archive.extractall(tmp_path)
    code = "import layertui, layertui.core, layertui.tui; print(layertui.__file__, layertui.core.__path__[0])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.stdout.split() == [str(tmp_path / "layertui/__init__.py"), str(tmp_path / "layertui/core")]


def test_every_dependency_has_its_reason():
    project = PROJECT["project"]
    wanted = {*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())}
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    for requirement in wanted:
        number = next(n for n, line in enumerate(lines) if line.strip().startswith(f'"{requirement}"'))
        same_line = lines[number].partition(f'"{requirement}"')[2]
        assert "#" in same_line or lines[number - 1].lstrip().startswith("#"), f"{requirement}: why is it needed?"
