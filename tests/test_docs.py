"""The documents: generated ones are up to date, links have targets, lines are at most 100 columns wide."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from absent import need
from layertui.core.bounds import PREFIX, Bounds
from layertui.core.config.setting_list import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def _generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cli.md", "keys.md", "architecture.md"])
def test_a_document_made_from_the_program_is_up_to_date(name):
    # Lines, not text: pytest then shows which one differs.
    made = _generate().DOCUMENTS[name]().splitlines()
    assert (ROOT / "docs" / name).read_text().splitlines() == made, "run `make docs`"


@pytest.mark.slow
def test_the_manual_pages_are_up_to_date():
    made = _generate().man_pages()
    assert {path.name: path.read_text() for path in (ROOT / "docs/man").iterdir()} == made, "run `make docs`"


@pytest.mark.slow
def test_the_manual_pages_are_read_without_a_complaint():
    need("groff")
    pages = sorted((ROOT / "docs/man").iterdir())
    done = subprocess.run(
        ["groff", "-K", "utf8", "-man", "-Tutf8", "-ww", *pages], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(" Manual ") == len(pages)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    targets = [target for target in LINK.findall(path.read_text()) if "://" not in target]
    assert not [target for target in targets if not (path.parent / target).exists()]


# Columns of a document. Code may have more (pyproject.toml), but text in lines that long is hard to read.
WIDTH = 100


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_lines_are_wrapped(path):
    """Tables, code blocks, link targets and code spans that contain spaces may be wider."""
    wide, in_code = [], False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        in_code ^= line.lstrip().startswith("```")
        if in_code or line.startswith("|"):
            continue
        if len(_without_unbreakable(line)) > WIDTH:
            wide.append(f"{path.name}:{number}: {line}")
    assert not wide


def _without_unbreakable(line: str) -> str:
    """Return the line without link targets; and empty if it is a single code span, beside punctuation."""
    line = re.sub(r"\]\([^)]*\)", "]", line)
    return "" if re.fullmatch(r"\s*`[^`]*`\S*", line) else line


@pytest.mark.parametrize(
    ("line", "width"),
    [
        ("a [link](" + "x" * 200 + ") here", 13),
        ("  `{" + "key, " * 40 + "}`,", 0),
        ("`a code span` and " + "words " * 20, 138),
    ],
)
def test_only_what_cannot_be_broken_may_be_wide(line, width):
    assert len(_without_unbreakable(line)) == width


def test_every_document_can_be_found_from_the_readme():
    readme = (ROOT / "README.md").read_text()
    assert not [path.name for path in DOCUMENTS if path.name != "README.md" and path.name not in readme]


def test_every_limit_is_documented_with_its_default():
    told = dict(re.findall(r"`LAYERTUI_MAX_(\w+)` \| (\w+) \|", (ROOT / "docs/security.md").read_text()))
    assert Bounds.of({f"{PREFIX}{name}": default for name, default in told.items()}) == Bounds()
    assert sorted(told) == sorted(name.upper() for name in Bounds._fields)


def test_every_vulnerability_by_number_is_documented_and_tried():
    told = re.findall(r"^\| CVE-(\d+-\d+) \|", (ROOT / "docs/security.md").read_text(), re.MULTILINE)
    tried = []
    for path in (ROOT / "tests/hostile").glob("test_cves*.py"):
        for name in re.findall(r"def test_cve_(\w+)\(", path.read_text()):
            year = ""
            for part in name.split("_"):
                year = part if re.fullmatch("(19|20)\\d\\d", part) else year
                tried += [f"{year}-{part}"] if part.isdigit() and part != year else []
    assert sorted(told) == sorted(tried)


def test_every_file_says_what_it_is_for():
    sources = [path for room in ("layertui", "core", "tui") for path in (ROOT / room).rglob("*.py")]
    silent = [str(path) for path in sources if path.name != "__init__.py" and not path.read_text().startswith('"""')]
    assert not silent


@pytest.mark.slow
def test_nothing_names_the_machine_it_was_built_on():
    """No path of a builder's machine, no address of a package index, is in what is published."""
    kinds = {".py", ".md", ".toml", ".tcss", ".cfg", ".yml", ""}
    folders = ("layertui", "core", "tui", "tests", "docs", "benchmarks", "screenshots", ".ci")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    paths += [path for path in ROOT.iterdir() if path.is_file() and not path.is_symlink() and path.name != ".git"]
    telling = re.compile(r"(?<![\w.])/(?:work|root/\.pyenv|tmp/build)/\w|index-url|find-links|pypi\.(?!org)\w+\.")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        if path.suffix in kinds and path != Path(__file__).resolve() and "__pycache__" not in path.parts
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if telling.search(line)
    ]
    assert not found


def test_every_setting_is_documented_with_its_variables_and_its_option():
    rows = [line for line in (ROOT / "docs/configuration.md").read_text().splitlines() if line.startswith("| `")]
    told = {row.split("`")[1]: row for row in rows}
    own = [one for one in SETTINGS if not one.name.startswith("limits.")]
    assert list(told) == [*(one.name for one in own), "limits.NAME"]
    for one in own:
        assert all(f"`{name}`" in told[one.name] for name in (*one.variables, one.option) if name)
