"""What is shown is in the terms of OCI and of docker's command line: words that a newcomer would have to learn are forbidden."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import layertui.core
import layertui.tui
from layertui.tui.verbs.commands import root

FORBIDDEN = re.compile(
    r"\b(own layers?|br(ing|ings|ought|inging) in|tak(e|es|ing) out|alone|whoever|nobody|somebody|is made up|looked into"
    r"|half a character|no expression yet|step(s|ping)? aside|further name|look(ing)? around|stands still|let go"
    r"|goes with its|given up|must not hold|no archive of images|is no (compression|folder|file|tag|digest|signal|port)"
    r"|nothing fits|lost on the way|asked from the top|not to be seen|stands in its way)\b",
    re.IGNORECASE,
)


def shown(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text of several words in the code that is not a docstring, with its position."""
    for file in sorted(folder.rglob("*.py")):
        tree = ast.parse(file.read_text())
        silent = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in silent else None
            if isinstance(text, str) and " " in text.strip() and "{ " not in text:  # neither names nor style sheets
                yield f"{file.name}:{node.lineno}", text


@pytest.mark.slow
@pytest.mark.parametrize("package", [layertui.tui, layertui.core])
def test_no_text_in_the_code_has_them(package):
    found = [(where, text) for where, text in shown(Path(package.__file__).parent) if FORBIDDEN.search(text)]
    assert found == []


def test_nor_has_the_help_of_a_verb():
    for name in ("", *root.list_commands(click.Context(root))):
        command = root.get_command(click.Context(root), name) if name else root
        text = command.get_help(click.Context(command, info_name=name))
        assert FORBIDDEN.search(" ".join(text.split())) is None, name


def test_the_list_finds_them():
    assert all(map(FORBIDDEN.search, ["the container's own layer", "L brings in", "'x' is no tag", "Nothing fits."]))
